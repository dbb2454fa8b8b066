/*
 * Copyright 2026 The Cordon authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
package io.cordon.bench.quickstart;

import io.cordon.Region;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files and regions. */
final class Sha256 {
    private static final int CHUNK_LENGTH = 1 << 16;

    private Sha256() {
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException missing) {
            throw new AssertionError("every Java platform has SHA-256", missing);
        }
    }

    static String text(final MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Of the first bytes of a region, through its checked loads. */
    static String of(final Region region, final long length) {
        final MessageDigest digest = digest();
        final byte[] chunk = new byte[CHUNK_LENGTH];
        for (long offset = 0; offset < length; offset += chunk.length) {
            final int count = (int) Math.min(chunk.length, length - offset);
            region.get(offset, chunk, 0, count);
            digest.update(chunk, 0, count);
        }
        return text(digest);
    }
}
