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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract of Agrona's buffers: of Agrona's own, so that the contract is known to be right, and of ours. */
class BufferContractTest {
    private static final int SPARE = 64 << 10;
    private static final long MARK = 0x1122_3344_5566_7788L;

    /** Whose buffer. */
    private enum Kind {
        UNSAFE_ARRAY, UNSAFE_DIRECT, REGION, REGION_OFF_PAGE, REGION_BEYOND_4_GIB, REGION_DAMAGED;

        boolean isOurs() {
            return this != UNSAFE_ARRAY && this != UNSAFE_DIRECT;
        }
    }

    @TempDir
    private static Path folder;

    private static final Map<Kind, Region> REGIONS = new EnumMap<>(Kind.class);

    @AfterAll
    static void close() {
        REGIONS.values().forEach(Region::close);
        REGIONS.clear();
    }

    static Stream<Arguments> all() {
        return Stream.of(Kind.values())
            .flatMap(kind -> BufferContract.names().stream().map(name -> Arguments.of(kind, name)));
    }

    /** Agrona's own. */
    private record Unsafe(UnsafeBuffer buffer, boolean direct) implements BufferContract.Subject {
        Unsafe(final boolean direct) {
            this(create(BufferContract.CAPACITY, direct), direct);
        }

        private static UnsafeBuffer create(final int capacity, final boolean direct) {
            return direct ? new UnsafeBuffer(ByteBuffer.allocateDirect(capacity + 16), 8, capacity)
                : new UnsafeBuffer(new byte[capacity + 16], 8, capacity);
        }

        @Override
        public byte[] content() {
            final byte[] content = new byte[BufferContract.CAPACITY];
            if (direct) {
                buffer.byteBuffer().get(buffer.wrapAdjustment(), content);
            } else {
                System.arraycopy(buffer.byteArray(), buffer.wrapAdjustment(), content, 0, content.length);
            }
            return content;
        }

        @Override
        public AtomicBuffer other(final int capacity) {
            return create(capacity, direct);
        }

        @Override
        public boolean givesMemoryAway() {
            return true;
        }
    }

    /** Ours, with spare room for others behind. */
    private static final class Window implements BufferContract.Subject {
        private final Region region;
        private final RegionBuffer buffer;
        private long next;

        Window(final Region region, final long offset) {
            this.region = region;
            this.buffer = RegionBuffer.of(region, offset, BufferContract.CAPACITY);
            this.next = offset + BufferContract.CAPACITY + 8;
        }

        @Override
        public AtomicBuffer buffer() {
            return buffer;
        }

        @Override
        public byte[] content() {
            final byte[] content = new byte[BufferContract.CAPACITY];
            region.get(buffer.offset(), content, 0, content.length);
            return content;
        }

        @Override
        public AtomicBuffer other(final int capacity) {
            final RegionBuffer other = RegionBuffer.of(region, next, capacity);
            next += capacity + 16 & -8;
            other.setMemory(0, capacity, (byte) 0);
            return other;
        }

        @Override
        public boolean givesMemoryAway() {
            return false;
        }
    }

    private static Region region(final Kind kind) throws IOException {
        if (!REGIONS.containsKey(kind)) {
            REGIONS.put(kind, open(kind, offset(kind)));
        }
        return REGIONS.get(kind);
    }

    private static Region open(final Kind kind, final long offset) throws IOException {
        final SimulatedMedia media = Media.simulated();
        final long size = offset + BufferContract.CAPACITY + SPARE + 8191 & -4096;
        final Region region =
            Region.builder(folder.resolve(kind.name())).size(size).sparse(true).media(media).open();
        if (kind == Kind.REGION_DAMAGED) {
            // All scars, so that every access takes the careful way, and a line before the window.
            media.inject(offset - 64, 64);
            assertThrows(PoisonException.class, () -> region.getByte(offset - 1));
            for (long page = 0; page < offset - 4096; page += 4096) {
                media.inject(page, 64);
                final long at = page;
                assertThrows(PoisonException.class, () -> region.getByte(at));
            }
        }
        return region;
    }

    private static long offset(final Kind kind) {
        return switch (kind) {
            case REGION_OFF_PAGE -> 4096 + 3 * 64 + 8;
            case REGION_BEYOND_4_GIB -> (5L << 30) + 16;
            case REGION_DAMAGED -> 4096 * 8 + 64;
            default -> 0;
        };
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("all")
    void shouldHold(final Kind kind, final String name) throws Exception {
        if (!kind.isOurs()) {
            BufferContract.named(name).hold(new Unsafe(kind == Kind.UNSAFE_DIRECT));
            return;
        }
        final Region region = region(kind);
        final long behind = offset(kind) + BufferContract.CAPACITY;
        region.putLong(behind, MARK);
        BufferContract.named(name).hold(new Window(region, offset(kind)));
        assertEquals(MARK, region.getLong(behind), "nothing behind the window is written");
        if (offset(kind) > 64 && kind != Kind.REGION_DAMAGED) {
            final byte[] before = new byte[64];
            region.get(offset(kind) - before.length, before, 0, before.length);
            assertEquals(-1, Arrays.mismatch(before, new byte[64]), "nothing before the window is written");
        }
    }

    @Test
    @DisplayName("Each method of AtomicBuffer is called by a case")
    void shouldCoverEveryMethod() throws Exception {
        final Set<String> methods = new TreeSet<>();
        for (final Method method : AtomicBuffer.class.getMethods()) {
            if (!Modifier.isStatic(method.getModifiers())) {
                methods.add(signature(method));
            }
        }
        final Set<String> called = new TreeSet<>();
        for (final String name : BufferContract.names()) {
            BufferContract.named(name).hold(recording(new Unsafe(true), called));
        }
        called.retainAll(methods);
        assertEquals(methods, called);
    }

    /** The generic method that the compiler adds counts as the one that it calls. */
    private static String signature(final Method method) {
        final String parameters = List.of(method.getParameterTypes()).toString();
        return method.getName() + parameters.replace("java.lang.Object", "org.agrona.DirectBuffer")
            .replace("interface ", "").replace("class ", "");
    }

    private static BufferContract.Subject recording(final BufferContract.Subject subject, final Set<String> called) {
        final AtomicBuffer target = subject.buffer();
        final AtomicBuffer proxy = (AtomicBuffer) Proxy.newProxyInstance(AtomicBuffer.class.getClassLoader(),
            new Class<?>[] {AtomicBuffer.class}, (_, method, arguments) -> {
                called.add(signature(method));
                try {
                    return method.invoke(target, arguments);
                } catch (final InvocationTargetException thrown) {
                    throw thrown.getCause();
                }
            });
        return new BufferContract.Subject() {
            @Override
            public AtomicBuffer buffer() {
                return proxy;
            }

            @Override
            public byte[] content() {
                return subject.content();
            }

            @Override
            public AtomicBuffer other(final int capacity) {
                return subject.other(capacity);
            }

            @Override
            public boolean givesMemoryAway() {
                return subject.givesMemoryAway();
            }
        };
    }
}
