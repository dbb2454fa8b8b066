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
package io.cordon;

import io.cordon.event.MediaEvent;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** Fails and recovers lines of a region until it is killed; its listener notes each event before it returns. */
final class EventKillChild {
    static final int LINES = 16 * 64;

    private EventKillChild() {
    }

    /** One line of text for an event: numbers, kind, ranges. */
    static String text(final MediaEvent event) {
        final StringBuilder text = new StringBuilder()
            .append(event.firstSequence()).append(' ').append(event.sequence()).append(' ').append(event.kind());
        for (final ByteRange range : event.ranges()) {
            text.append(' ').append(range.offset()).append(' ').append(range.length());
        }
        return text.append('\n').toString();
    }

    private static boolean note(final FileChannel journal, final MediaEvent event) {
        try {
            journal.write(ByteBuffer.wrap(text(event).getBytes(StandardCharsets.US_ASCII)));
            return event.sequence() % 7 == 0;
        } catch (final IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Takes the region, the journal and a seed. */
    public static void main(final String[] arguments) throws Exception {
        final SimulatedMedia media = Media.simulated();
        final SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[2]));
        final FileChannel journal = FileChannel.open(Path.of(arguments[1]),
            StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        try (Region region = Region.builder(Path.of(arguments[0])).media(media)
            .mediaListener(1, event -> note(journal, event)).mediaListener(0, _ -> {
                throw new IllegalStateException("as the test asked for");
            }).open()) {
            while (true) {
                final long offset = random.nextLong(LINES) * 64;
                switch (random.nextInt(4)) {
                    case 0 -> media.injectKnown(offset, 64);
                    case 1 -> {
                        media.inject(offset, 64);
                        region.isReadable(offset, 64);
                        region.poison().ranges();
                    }
                    default -> region.recovery().zero(offset, Math.min(LINES * 64 - offset, 640));
                }
            }
        }
    }
}
