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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Memory;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.LineState;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated medium fails as a real one does, and remembers it. */
class SimulatedMediaTest {
    private static final int SIZE = 4 * 4096;
    private static final String HEADER = "cordon simulated medium 1\n";
    private static final byte FILL = 0x11;

    @TempDir
    private Path folder;
    private Path path;
    private Path sidecar;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        sidecar = folder.resolve("region.simulated");
    }

    private Region open(final Media media) throws IOException {
        final boolean isNew = !Files.exists(path);
        final Region region = Region.builder(path).size(SIZE).media(media).open();
        if (isNew) {
            region.fill(0, SIZE, FILL);
        }
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private String remembered() throws IOException {
        return Files.readString(sidecar);
    }

    private static long epoch(final Region region) {
        return Memory.getLong(region.address() + LineMap.HAZARD_OFFSET);
    }

    private static void assertRefused(final Region region, final long line) {
        final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(line + 7));
        assertEquals(List.of(range(line, 64)), thrown.ranges());
    }

    private static void assertHealthy(final Region region, final long offset, final long length) {
        for (long at = offset; at < offset + length; at++) {
            assertEquals(FILL, region.getByte(at), "offset " + at);
        }
    }

    private void assertScribbled(final long offset, final long length) throws IOException {
        final ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.nativeOrder());
        for (long at = offset; at < offset + length; at += 8) {
            assertEquals(SimulatedMedia.SCRIBBLE, file.getLong((int) at), "offset " + at);
        }
    }

    @Test
    void shouldDestroyTheLinesAndLeaveTheRestOfThePage() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(4096 + 130, 70);
            assertEquals(HEADER + "+ 4226 70 latent\n", remembered());
            assertEquals(List.of(range(4096 + 128, 128)), media.poisoned(), "every line that the range touches");
            assertScribbled(4096 + 128, 128);
            assertTrue(region.poison().isClean(), "nobody knows");
            assertEquals(LineState.READABLE, region.poison().state(4096 + 128));
            assertTrue(region.isReadable(0, SIZE));
            assertHealthy(region, 4096, 128);
            assertEquals(List.of(range(4096 + 128, 128)), region.poison().ranges(), "found by a neighbour's touch");
            assertEquals(List.of(), media.poisoned(), "the recovery write cleared it");
            assertEquals(HEADER + "+ 4226 70 latent\n- 4096 4096\n", remembered());
            assertRefused(region, 4096 + 128);
            assertRefused(region, 4096 + 192);
            assertHealthy(region, 4096 + 256, 4096 - 256);
            assertHealthy(region, 0, 4096);
            assertHealthy(region, 2 * 4096, 2 * 4096);
        }
    }

    @Test
    void shouldWriteTheSidecarBeforeTheDamage() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            assertEquals(HEADER, remembered());
            media.injectKnown(0, 64);
            assertEquals(HEADER + "+ 0 64 listed\n- 0 4096\n", remembered());
            assertEquals(LineState.LOST, region.poison().state(0));
            assertEquals(List.of(range(0, 64)), region.poison().ranges(), "known without a touch");
            assertFalse(region.isReadable(63, 1));
            assertTrue(region.isReadable(64, SIZE - 64));
        }
        final byte[] before = Files.readAllBytes(path);
        final SimulatedMedia again = Media.simulated();
        try (Region region = Region.builder(path).readOnly(true).media(again).open()) {
            // The file cannot be written, so the damage fails, after it has been noted.
            assertThrows(IOException.class, () -> again.inject(4096, 64));
            assertEquals(HEADER + "+ 0 64 listed\n- 0 4096\n+ 4096 64 latent\n", remembered());
            assertRefused(region, 4096);
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void shouldMeetTheSameLatentPoisonWhenReopened() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            assertEquals(media, region.media());
            media.inject(64, 64);
            media.inject(SIZE - 64, 64);
            assertTrue(region.poison().isClean());
        }
        assertScribbled(64, 64);
        final SimulatedMedia again = Media.simulated();
        try (Region region = open(again)) {
            assertEquals(List.of(range(64, 64), range(SIZE - 64, 64)), again.poisoned());
            assertTrue(region.poison().isClean(), "latent");
            final long before = epoch(region);
            assertEquals(FILL, region.segment().get(ValueLayout.JAVA_BYTE, SIZE - 4096) | FILL, "zero or the content");
            assertTrue(epoch(region) != before, "the touch was a real fault");
            assertRefused(region, SIZE - 64);
            assertRefused(region, 64);
            assertHealthy(region, 128, SIZE - 192);
            assertHealthy(region, 0, 64);
        }
    }

    @Test
    void shouldMeetListedPoisonWhenReopenedWithoutATouch() throws IOException {
        open(Media.simulated()).close();
        Files.writeString(sidecar, HEADER + "+ 4096 64 listed\n+ 8192 64 latent\n+ 4096 64 latent\n");
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            assertEquals(List.of(range(4096, 64)), region.poison().ranges());
            assertEquals(List.of(range(8192, 64)), media.poisoned());
            assertRefused(region, 4096);
            assertRefused(region, 8192);
            assertHealthy(region, 0, 4096);
        }
    }

    @Test
    void shouldDropATornLastLine() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(4096, 64);
            assertTrue(region.poison().isClean());
        }
        final String whole = remembered();
        for (final String torn : List.of("+ 0 64 latent", "+", "- 4096 4096", "garbage\0", " ")) {
            Files.writeString(sidecar, whole + torn);
            final SimulatedMedia again = Media.simulated();
            try (Region region = open(again)) {
                assertEquals(List.of(range(4096, 64)), again.poisoned(), torn);
                assertHealthy(region, 0, 64);
            }
            assertEquals(whole, remembered(), "nothing is appended to a torn line");
        }
    }

    @Test
    void shouldStrikeWhatFailedBefore() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(0, 64);
            media.inject(0, 64);
            media.inject(32, 64);
            assertEquals(List.of(range(0, 128)), media.poisoned(), "latent on latent");
            assertRefused(region, 0);
            assertEquals(List.of(range(0, 128)), region.poison().ranges());
            media.inject(0, 64);
            assertEquals(List.of(range(0, 64)), media.poisoned(), "latent on lost");
            assertRefused(region, 0);
            assertRefused(region, 64);
            // Waits for the recovery that the refusal did not wait for: what goes bad after its salvage is not lost.
            assertEquals(List.of(range(0, 128)), region.poison().ranges());
            media.injectKnown(64, 128);
            assertEquals(List.of(range(0, 192)), region.poison().ranges(), "known on lost and readable");
            assertEquals(List.of(), media.poisoned());
            assertHealthy(region, 192, 4096 - 192);
            region.recovery().write(0, filled(192));
            assertTrue(region.poison().isClean());
            assertHealthy(region, 0, SIZE);
        }
    }

    private static byte[] filled(final int length) {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, FILL);
        return bytes;
    }

    @RepeatedTest(10)
    void shouldStrikeWhilePagesAreQuarantined() throws Exception {
        // Law 3: a line that goes bad while its page is recovered must not take the healthy ones with it.
        // The other thread makes the page fault and come back again and again; injections meet it in every state.
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            final Thread toucher = Thread.ofPlatform().start(() -> {
                while (!Thread.interrupted()) {
                    final byte value = region.segment().get(ValueLayout.JAVA_BYTE, 4096 - 1);
                    if (value != FILL && value != 0) {
                        throw new AssertionError("garbage");
                    }
                }
            });
            for (int i = 0; i < 400; i++) {
                media.inject(i % 62 * 64, 64);
            }
            toucher.interrupt();
            toucher.join();
            assertHealthy(region, 62 * 64, 128);
            // A line that goes bad after it was salvaged is written anew with what was salvaged: refused, or whole.
            for (long offset = 0; offset < 62 * 64; offset += 64) {
                if (region.isReadable(offset, 64)) {
                    assertHealthy(region, offset, 64);
                }
            }
            assertFalse(region.isReadable(0, 62 * 64));
            assertEquals(List.of(), media.poisoned());
            assertHealthy(region, 4096, SIZE - 4096);
        }
    }

    @Test
    void shouldLetEverythingFail() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(0, SIZE);
            assertEquals(List.of(range(0, SIZE)), media.poisoned());
            assertScribbled(0, SIZE);
            assertThrows(PoisonException.class, () -> region.verify(0, SIZE));
            assertEquals(SIZE / Lines.LENGTH, region.poison().lineCount());
            media.injectKnown(0, SIZE);
            assertEquals(SIZE / Lines.LENGTH, region.poison().lineCount());
            region.recovery().write(0, filled(SIZE));
            assertHealthy(region, 0, SIZE);
        }
    }

    @Test
    void shouldRefuseBadRangesAndDoNoHarm() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            final long[][] none = {{-1, 1}, {0, 0}, {0, -1}, {SIZE, 0}, {Long.MAX_VALUE, 1}, {1, Long.MAX_VALUE},
                {Long.MIN_VALUE, 64}};
            for (final long[] bad : none) {
                for (final boolean known : new boolean[] {false, true}) {
                    final IllegalArgumentException thrown =
                        assertThrows(IllegalArgumentException.class, () -> strike(media, known, bad[0], bad[1]));
                    assertEquals("no range: offset " + bad[0] + ", length " + bad[1], thrown.getMessage());
                }
            }
            final long[][] outside = {{SIZE, 1}, {SIZE - 1, 2}, {0, SIZE + 1}, {0, Long.MAX_VALUE}};
            for (final long[] bad : outside) {
                for (final boolean known : new boolean[] {false, true}) {
                    final IndexOutOfBoundsException thrown =
                        assertThrows(IndexOutOfBoundsException.class, () -> strike(media, known, bad[0], bad[1]));
                    assertEquals(path + ": range " + range(bad[0], bad[1]) + " ends after the file",
                        thrown.getMessage());
                }
            }
            assertEquals(List.of(), media.poisoned());
            assertEquals(HEADER, remembered());
            assertHealthy(region, 0, SIZE);
        }
    }

    private static void strike(final SimulatedMedia media, final boolean known, final long offset, final long length)
        throws IOException {
        if (known) {
            media.injectKnown(offset, length);
        } else {
            media.inject(offset, length);
        }
    }

    @Test
    void shouldRefuseToServeNoRegionOrTwo() throws IOException {
        final SimulatedMedia media = Media.simulated();
        assertNotServing(media);
        try (Region region = open(media)) {
            final Path other = folder.resolve("other");
            final IllegalStateException thrown = assertThrows(IllegalStateException.class,
                () -> Region.builder(other).size(SIZE).media(media).open());
            assertTrue(thrown.getMessage().contains("serves " + path + " already"), thrown.getMessage());
            assertFalse(Files.exists(other), "what was created is removed");
            assertFalse(Files.exists(folder.resolve("other.simulated")));
            media.inject(0, 64);
            assertRefused(region, 0);
        }
        assertNotServing(media);
        try (Region region = open(media)) {
            media.inject(4096, 64);
            assertRefused(region, 4096);
        }
    }

    private static void assertNotServing(final SimulatedMedia media) {
        for (final boolean known : new boolean[] {false, true}) {
            final IllegalStateException thrown =
                assertThrows(IllegalStateException.class, () -> strike(media, known, 0, 64));
            assertEquals("no open region lies on this simulated medium", thrown.getMessage());
        }
        assertThrows(IllegalStateException.class, media::poisoned);
    }

    @Test
    void shouldNotMindAnInterruptedThread() throws IOException {
        final SimulatedMedia media = Media.simulated();
        Thread.currentThread().interrupt();
        try (Region region = open(media)) {
            media.inject(0, 64);
            media.injectKnown(4096, 64);
            assertRefused(region, 0);
            assertRefused(region, 4096);
            region.recovery().zero(0, 64);
            region.persist();
            media.inject(8192, 64);
        }
        final SimulatedMedia again = Media.simulated();
        try (Region region = open(again)) {
            assertEquals(List.of(range(8192, 64)), again.poisoned());
            assertRefused(region, 8192);
        }
        assertTrue(Thread.interrupted(), "nobody swallowed it");
    }

    @Test
    void shouldForgetWhatTheMediumUnderAnOlderFileKnew() throws IOException {
        Files.writeString(sidecar, HEADER + "+ 0 64 latent\n");
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            assertEquals(List.of(), media.poisoned());
            assertHealthy(region, 0, SIZE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "1:", "1:\n", "1:cordon simulated medium 2\n", "1:cordon simulated medium 1 \n", "1:\0\0\0\0\n", "1:PNG\r\n",
        "2:H\n", "2:H+\n", "2:H+ 0\n", "2:H+ 0 64\n", "2:H+ 0 64 lost\n", "2:H+ 0 64 latent latent\n", "2:H* 0 64\n",
        "2:H- 0 64 latent\n", "2:H+ -64 64 latent\n", "2:H+ 0 0 latent\n", "2:H+ 0 -64 latent\n", "2:H+ x 64 latent\n",
        "2:H+ 0 9223372036854775808 latent\n", "2:H+ 9223372036854775807 64 latent\n", "3:H+ 0 64 latent\n+ 0 64 lat\n",
        "3:H+ 0 64 latent\n\n- 0 64\n", "2:H  + 0 64 latent\n", "2:H+  0 64 latent\n",
        "2:H+ 16384 64 latent\n", "2:H+ 16320 65 latent\n", "3:H+ 0 64 latent\n+ 1099511627776 64 listed\n",
        "2:H+ 0 9223372036854775807 latent\n", "2:H+ 64 9223372036854775743 listed\n", "2:H- 0 9223372036854775807\n"})
    void shouldRefuseACorruptSidecarNamingTheLine(final String kind) throws IOException {
        open(Media.simulated()).close();
        final byte[] before = Files.readAllBytes(path);
        final String text = kind.substring(2).replace("H", HEADER);
        Files.writeString(sidecar, text, StandardCharsets.ISO_8859_1);
        final SimulatedMedia media = Media.simulated();
        final IOException thrown = assertThrows(IOException.class, () -> open(media));
        final String line = text.isEmpty() ? sidecar + ": empty" : sidecar + ", line " + kind.charAt(0) + ": ";
        assertTrue(thrown.getMessage().startsWith(line), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("delete the file to start with a whole medium"), thrown.getMessage());
        assertArrayEquals(before, Files.readAllBytes(path));
        assertEquals(text, Files.readString(sidecar, StandardCharsets.ISO_8859_1), "the sidecar is untouched too");
        assertNotServing(media);
        Files.delete(sidecar);
        try (Region region = open(media)) {
            assertHealthy(region, 0, SIZE);
        }
    }

    @Test
    void shouldRefuseASidecarThatIsADirectory() throws IOException {
        open(Media.simulated()).close();
        Files.delete(sidecar);
        Files.createDirectory(sidecar);
        final IOException thrown = assertThrows(IOException.class, () -> open(Media.simulated()));
        assertTrue(thrown.getMessage().contains(sidecar.toString()), thrown.toString());
    }

    @Test
    void shouldOpenOrSayWhyNotUnderRandomCorruption() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(64, 64);
            media.injectKnown(4096, 128);
            media.inject(3 * 4096, 4096);
            assertRefused(region, 64);
        }
        final byte[] whole = Files.readAllBytes(sidecar);
        final byte[] content = Files.readAllBytes(path);
        int opened = 0;
        int refused = 0;
        for (long seed = 0; seed < 500; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            byte[] corrupt = whole.clone();
            for (int i = random.nextInt(1, 4); i > 0 && corrupt.length > 0; i--) {
                final int at = random.nextInt(corrupt.length);
                switch (random.nextInt(4)) {
                    case 0 -> corrupt[at] = (byte) random.nextInt();
                    case 1 -> corrupt[at] = (byte) "0123456789+- \nlatentlisted".charAt(random.nextInt(26));
                    case 2 -> corrupt = Arrays.copyOf(corrupt, at);
                    default -> corrupt[at] ^= (byte) (1 << random.nextInt(8));
                }
            }
            Files.write(sidecar, corrupt);
            final SimulatedMedia again = Media.simulated();
            try (Region region = Region.builder(path).readOnly(true).media(again).open()) {
                opened++;
                for (final ByteRange bad : again.poisoned()) {
                    assertTrue(bad.end() <= SIZE, "seed " + seed);
                    assertThrows(PoisonException.class, () -> region.verify(bad.offset(), bad.length()));
                }
            } catch (final IOException checked) {
                refused++;
                assertTrue(checked.getMessage().startsWith(sidecar.toString()), "seed " + seed + ": " + checked);
            } catch (final RuntimeException unchecked) {
                throw new AssertionError("seed " + seed, unchecked);
            }
            assertArrayEquals(content, Files.readAllBytes(path), "seed " + seed);
        }
        assertTrue(opened > 20 && refused > 20, opened + " opened, " + refused + " refused: no test");
    }
}
