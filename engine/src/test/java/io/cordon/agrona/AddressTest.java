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
package io.cordon.agrona;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.IntStream;
import org.agrona.AbstractMutableDirectBuffer;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;
import org.agrona.concurrent.status.UnsafeBufferStatusIndicator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law 1: nobody gets the address of a window, and with it a way past the check. */
class AddressTest {
    private static final int SIZE = 1 << 20;

    private final SimulatedMedia media = Media.simulated();
    private final byte[] content = new byte[SIZE];

    @TempDir
    private Path folder;
    private Region region;
    private RegionBuffer buffer;

    @BeforeEach
    void open() throws IOException {
        region = Region.builder(folder.resolve("region")).size(SIZE).media(media).open();
        buffer = RegionBuffer.of(region);
        new SplittableRandom(3).nextBytes(content);
        buffer.putBytes(0, content);
    }

    @AfterEach
    void close() {
        region.close();
    }

    @Test
    @DisplayName("These methods of Agrona's take another buffer's address, and no others")
    void shouldKnowWhoTakesAddresses() throws Exception {
        final Set<String> takers = new TreeSet<>();
        final Path jar = Path.of(DirectBuffer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            for (final JarEntry entry : Collections.list(file.entries())) {
                if (entry.getName().matches("org/agrona/.*\\.class")) {
                    addTakers(ClassFile.of().parse(file.getInputStream(entry).readAllBytes()), takers);
                }
            }
        }
        final Set<String> known = new TreeSet<>();
        for (final String method : List.of("AbstractMutableDirectBuffer.putBytes", "UnsafeBuffer.wrap",
            "AbstractMutableDirectBuffer.compareTo", "AtomicCounter.<init>", "UnsafeBufferPosition.<init>",
            "UnsafeBufferStatusIndicator.<init>")) {
            known.add(method + " addressOffset");
            known.add(method + " byteArray");
        }
        assertEquals(known, takers);
    }

    private static void addTakers(final ClassModel type, final Set<String> takers) {
        final String name = type.thisClass().asInternalName();
        for (final MethodModel method : type.methods()) {
            for (final CodeElement element : method.code().map(CodeModel::elementList).orElse(List.of())) {
                if (element instanceof final InvokeInstruction call
                    && Set.of("addressOffset", "byteArray").contains(call.name().stringValue())) {
                    takers.add(name.substring(name.lastIndexOf('/') + 1) + "." + method.methodName().stringValue()
                        + " " + call.name().stringValue());
                }
            }
        }
    }

    private void assertRefused(final Supplier<?> taker) {
        final UnsupportedOperationException thrown =
            assertThrows(UnsupportedOperationException.class, taker::get);
        assertTrue(thrown.getMessage().contains("address") && thrown.getMessage().contains("slice"),
            thrown.getMessage());
    }

    @Test
    @DisplayName("Who would keep the address, or reads more than was checked, is refused, whatever was called before")
    void shouldRefuseWhoKeepsTheAddress() {
        final CountersManager counters = new CountersManager(buffer.slice(0, 8192), buffer.slice(8192, 2048));
        buffer.setMemory(0, 16_384, (byte) 0);
        final UnsafeBuffer other = new UnsafeBuffer(new byte[64]);
        for (int i = 0; i < 3; i++) {
            assertRefused(() -> new UnsafeBuffer(buffer));
            assertRefused(() -> new UnsafeBuffer(buffer, 0, 64));
            assertRefused(() -> new AtomicCounter(buffer, 0));
            assertRefused(() -> new UnsafeBufferStatusIndicator(buffer, 0));
            assertRefused(() -> counters.newCounter("orders"));
            assertRefused(() -> counters.allocate("orders", 7, key -> key.putInt(0, 1)));
            assertRefused(() -> other.compareTo(buffer));
            assertRefused(buffer::addressOffset);
            // What a copy does first.
            buffer.boundsCheck(0, 8);
            buffer.byteArray();
        }
        final UnsafeBuffer wrapping = new UnsafeBuffer(new byte[64]);
        assertThrows(UnsupportedOperationException.class, () -> wrapping.wrap(buffer));
        assertThrows(UnsupportedOperationException.class, () -> wrapping.wrap(buffer, 0, 8));
    }

    @Test
    @DisplayName("Keys of counters are read and written with the buffer's own methods")
    void shouldServeCountersInOtherWays() {
        buffer.setMemory(0, 16_384, (byte) 0);
        final RegionBuffer metaData = buffer.slice(0, 8192);
        final CountersManager counters = new CountersManager(metaData, buffer.slice(8192, 2048));
        final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
        key.putLong(0, 4711);
        final UnsafeBuffer label = new UnsafeBuffer("orders".getBytes(StandardCharsets.US_ASCII));
        final int id = counters.allocate(7, key, 0, 8, label, 0, 6);
        final CountersReader.MetaData refused = (_, _, _, _) -> { };
        assertThrows(UnsupportedOperationException.class, () -> counters.forEach(refused));
        counters.forEach((counterId, text) -> {
            assertEquals(id, counterId);
            assertEquals("orders", text);
        });
        assertEquals(4711, metaData.getLong(CountersReader.metaDataOffset(id) + CountersReader.KEY_OFFSET));
        counters.setCounterKey(id, key, 0, 4);
        assertEquals("orders", counters.getCounterLabel(id));
    }

    private static List<AbstractMutableDirectBuffer> targets() {
        return List.of(new UnsafeBuffer(new byte[SIZE]), new UnsafeBuffer(ByteBuffer.allocateDirect(SIZE)),
            new ExpandableArrayBuffer(), new ExpandableDirectByteBuffer());
    }

    @Test
    @DisplayName("Agrona's own copy from a window gets a checked copy of just the range, of any length")
    void shouldServeAgronasCopies() {
        final SplittableRandom random = new SplittableRandom(5);
        for (final AbstractMutableDirectBuffer target : targets()) {
            for (final int length : new int[] {0, 1, 8, 4096, 4097, 65_536, 65_537, 500_000, 64, SIZE}) {
                final int index = random.nextInt(SIZE - length + 1);
                target.putBytes(0, buffer, index, length);
                final byte[] seen = new byte[length];
                target.getBytes(0, seen);
                assertArrayEquals(Arrays.copyOfRange(content, index, index + length), seen);
            }
        }
    }

    @Test
    @DisplayName("Agrona's own copy of a refused line throws, and the target is as before; the others are copied")
    void shouldRefuseAgronasCopiesOfPoison() throws IOException {
        media.inject(4096, 64);
        media.inject(8192 + 64, 64);
        assertThrows(PoisonException.class, () -> region.verify(0, SIZE));
        for (final MutableDirectBuffer target : targets()) {
            target.setMemory(0, 8192, (byte) 9);
            assertEquals(List.of(new ByteRange(4096, 64)),
                assertThrows(PoisonException.class, () -> target.putBytes(0, buffer, 4000, 1000)).ranges());
            assertEquals(List.of(new ByteRange(4096, 64)),
                assertThrows(PoisonException.class, () -> buffer.getBytes(4000, target, 0, 1000)).ranges());
            assertEquals(List.of(new ByteRange(4096, 64), new ByteRange(8256, 64)),
                assertThrows(PoisonException.class, () -> target.putBytes(0, buffer, 4000, 8000)).ranges());
            final byte[] seen = new byte[8192];
            final byte[] untouched = new byte[8192];
            Arrays.fill(untouched, (byte) 9);
            target.getBytes(0, seen);
            assertArrayEquals(untouched, seen);
            target.putBytes(0, buffer, 4160, 4096);
            final byte[] healthy = new byte[4096];
            target.getBytes(0, healthy);
            assertArrayEquals(Arrays.copyOfRange(content, 4160, 8256), healthy);
        }
    }

    @Test
    @DisplayName("Threads, virtual ones too, each copy their own range while pages fail: right bytes or an exception")
    void shouldServeManyThreads() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            final List<Future<Integer>> results = IntStream.range(0, 16).mapToObj(seed -> threads.submit(() -> {
                final SplittableRandom random = new SplittableRandom(seed);
                final UnsafeBuffer target = new UnsafeBuffer(new byte[8192]);
                int refused = 0;
                for (int i = 0; i < 500; i++) {
                    final int length = random.nextInt(target.capacity() + 1);
                    final int index = random.nextInt(SIZE - length + 1);
                    try {
                        target.putBytes(0, buffer, index, length);
                        assertEquals(-1, Arrays.mismatch(content, index, index + length, target.byteArray(), 0, length),
                            "thread " + seed + ", copy " + i);
                    } catch (final PoisonException poison) {
                        refused += poison.ranges().isEmpty() ? 0 : 1;
                    }
                    Thread.yield();
                }
                return refused;
            })).toList();
            final SplittableRandom random = new SplittableRandom(99);
            for (int i = 0; i < 20; i++) {
                media.inject(random.nextInt(SIZE / 64) * 64L, 64);
            }
            for (final Future<Integer> result : results) {
                result.get();
            }
        }
    }
}
