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
package io.cordon.linux;

import java.util.Locale;

/**
 * What this machine is, as far as Cordon must know.
 */
public enum Platform {
    /** Linux on x86-64. */
    X86_64,
    /** Linux on 64-bit ARM. */
    AARCH64;

    /**
     * The platform that the process runs on.
     *
     * @return one of the supported ones.
     * @throws UnsupportedOperationException if this is none of them; the message says which they are.
     */
    public static Platform current() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static Platform of(final String system, final String architecture) {
        if ("Linux".equals(system)) {
            switch (architecture.toLowerCase(Locale.ROOT)) {
                case "amd64", "x86_64" -> {
                    return X86_64;
                }
                case "aarch64", "arm64" -> {
                    return AARCH64;
                }
                default -> {
                }
            }
        }
        throw new UnsupportedOperationException(
            "Cordon runs on Linux on x86-64 and aarch64; this is " + system + " on " + architecture);
    }
}
