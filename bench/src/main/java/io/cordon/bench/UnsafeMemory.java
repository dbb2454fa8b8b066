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
package io.cordon.bench;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;

/**
 * {@code sun.misc.Unsafe}, the peer without any check.
 *
 * <p>Javac has no way to name it without a warning that nothing turns off. C2 folds handles that are constants, so that
 * each call here becomes the one instruction of the intrinsic. Forks that use it have
 * {@code --sun-misc-unsafe-memory-access=allow} (JEP 498).
 */
final class UnsafeMemory {
    private static final Object UNSAFE = unsafe();
    private static final MethodHandle GET_BYTE = getter(byte.class, "getByte");
    private static final MethodHandle PUT_BYTE = setter(byte.class, "putByte");
    private static final MethodHandle GET_SHORT = getter(short.class, "getShort");
    private static final MethodHandle PUT_SHORT = setter(short.class, "putShort");
    private static final MethodHandle GET_CHAR = getter(char.class, "getChar");
    private static final MethodHandle PUT_CHAR = setter(char.class, "putChar");
    private static final MethodHandle GET_INT = getter(int.class, "getInt");
    private static final MethodHandle PUT_INT = setter(int.class, "putInt");
    private static final MethodHandle GET_LONG = getter(long.class, "getLong");
    private static final MethodHandle PUT_LONG = setter(long.class, "putLong");
    private static final MethodHandle GET_FLOAT = getter(float.class, "getFloat");
    private static final MethodHandle PUT_FLOAT = setter(float.class, "putFloat");
    private static final MethodHandle GET_DOUBLE = getter(double.class, "getDouble");
    private static final MethodHandle PUT_DOUBLE = setter(double.class, "putDouble");
    private static final MethodHandle GET_LONG_VOLATILE = find("getLongVolatile", long.class, Object.class, long.class);
    private static final MethodHandle PUT_LONG_VOLATILE =
        find("putLongVolatile", void.class, Object.class, long.class, long.class);
    private static final MethodHandle PUT_ORDERED_LONG =
        find("putOrderedLong", void.class, Object.class, long.class, long.class);
    private static final MethodHandle COMPARE_AND_SWAP_LONG =
        find("compareAndSwapLong", boolean.class, Object.class, long.class, long.class, long.class);
    private static final MethodHandle GET_AND_ADD_LONG =
        find("getAndAddLong", long.class, Object.class, long.class, long.class);
    private static final MethodHandle COPY_MEMORY =
        find("copyMemory", void.class, Object.class, long.class, Object.class, long.class, long.class);
    static final long BYTE_ARRAY_OFFSET = byteArrayOffset();

    private UnsafeMemory() {
    }

    private static Object unsafe() {
        try {
            final Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return field.get(null);
        } catch (final ReflectiveOperationException thrown) {
            throw new IllegalStateException("this JVM has no sun.misc.Unsafe", thrown);
        }
    }

    private static MethodHandle find(final String name, final Class<?> result, final Class<?>... parameters) {
        try {
            return MethodHandles.lookup()
                .findVirtual(UNSAFE.getClass(), name, MethodType.methodType(result, parameters)).bindTo(UNSAFE);
        } catch (final ReflectiveOperationException thrown) {
            throw new IllegalStateException("sun.misc.Unsafe of this JVM has no " + name, thrown);
        }
    }

    private static MethodHandle getter(final Class<?> type, final String name) {
        return find(name, type, long.class);
    }

    private static MethodHandle setter(final Class<?> type, final String name) {
        return find(name, void.class, long.class, type);
    }

    private static long byteArrayOffset() {
        try {
            return (int) find("arrayBaseOffset", int.class, Class.class).invokeExact(byte[].class);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    private static IllegalStateException unexpected(final Throwable thrown) {
        return new IllegalStateException("sun.misc.Unsafe failed", thrown);
    }

    static byte getByte(final long address) {
        try {
            return (byte) GET_BYTE.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putByte(final long address, final byte value) {
        try {
            PUT_BYTE.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static short getShort(final long address) {
        try {
            return (short) GET_SHORT.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putShort(final long address, final short value) {
        try {
            PUT_SHORT.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static char getChar(final long address) {
        try {
            return (char) GET_CHAR.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putChar(final long address, final char value) {
        try {
            PUT_CHAR.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int getInt(final long address) {
        try {
            return (int) GET_INT.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putInt(final long address, final int value) {
        try {
            PUT_INT.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long getLong(final long address) {
        try {
            return (long) GET_LONG.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putLong(final long address, final long value) {
        try {
            PUT_LONG.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static float getFloat(final long address) {
        try {
            return (float) GET_FLOAT.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putFloat(final long address, final float value) {
        try {
            PUT_FLOAT.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static double getDouble(final long address) {
        try {
            return (double) GET_DOUBLE.invokeExact(address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putDouble(final long address, final double value) {
        try {
            PUT_DOUBLE.invokeExact(address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long getLongVolatile(final long address) {
        try {
            return (long) GET_LONG_VOLATILE.invokeExact((Object) null, address);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putLongVolatile(final long address, final long value) {
        try {
            PUT_LONG_VOLATILE.invokeExact((Object) null, address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void putLongOrdered(final long address, final long value) {
        try {
            PUT_ORDERED_LONG.invokeExact((Object) null, address, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static boolean compareAndSetLong(final long address, final long expected, final long value) {
        try {
            return (boolean) COMPARE_AND_SWAP_LONG.invokeExact((Object) null, address, expected, value);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long getAndAddLong(final long address, final long delta) {
        try {
            return (long) GET_AND_ADD_LONG.invokeExact((Object) null, address, delta);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void copy(final long source, final long destination, final long length) {
        try {
            COPY_MEMORY.invokeExact((Object) null, source, (Object) null, destination, length);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void copy(final long source, final byte[] destination, final int index, final long length) {
        try {
            COPY_MEMORY.invokeExact(
                (Object) null, source, (Object) destination, BYTE_ARRAY_OFFSET + index, length);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void copy(final byte[] source, final int index, final long destination, final long length) {
        try {
            COPY_MEMORY.invokeExact((Object) source, BYTE_ARRAY_OFFSET + index, (Object) null, destination, length);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
