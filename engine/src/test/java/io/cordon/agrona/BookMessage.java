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

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * An incremental refresh of an order book, as exchanges send it, with the flyweights that SBE would generate for it: a
 * header, a block of fixed fields, a repeating group, and two fields of variable length. Little-endian.
 *
 * @param time       nanoseconds since 1970.
 * @param indicator  bits that say what of an event ends with this message.
 * @param entries    the levels that change.
 * @param text       for people; UTF-8.
 * @param raw        for machines.
 */
record BookMessage(long time, int indicator, List<Entry> entries, String text, List<Byte> raw) {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int TEMPLATE = 46;
    private static final int SCHEMA = 1;
    private static final int VERSION = 9;
    private static final int BLOCK_LENGTH = 11;
    private static final int HEADER_LENGTH = 8;
    private static final int ENTRY_LENGTH = 32;

    /**
     * A level.
     *
     * @param price    in units of 10^-9.
     * @param quantity how much.
     * @param security which instrument.
     * @param sequence of the instrument's messages.
     * @param orders   how many.
     * @param level    1 is the best.
     * @param action   0 new, 1 change, 2 delete.
     * @param side     0 bid, 1 offer, 2 trade.
     * @param yield    as a fraction; not a number if it has none.
     */
    record Entry(long price, int quantity, int security, long sequence, int orders, int level, int action, char side,
        float yield) {
    }

    /** A message as a feed would have it. */
    static BookMessage random(final SplittableRandom random, final long sequence) {
        final List<Entry> entries = new ArrayList<>();
        long price = 4_512_250_000_000L + 250_000_000L * random.nextInt(-40, 40);
        for (int i = 1 + random.nextInt(10); i > 0; i--) {
            price += 250_000_000L * random.nextInt(1, 4);
            entries.add(new Entry(random.nextInt(30) == 0 ? Long.MIN_VALUE : price, random.nextInt(1, 5000),
                random.nextInt(1000, 1200), (sequence * 16 + i) & 0xFFFF_FFFFL, random.nextInt(1, 200), i,
                random.nextInt(3), "01E".charAt(random.nextInt(3)),
                random.nextInt(4) == 0 ? Float.NaN : random.nextInt(1000) / 1e4f));
        }
        final String text = random.nextInt(3) == 0 ? "Z\u00FCrich auction \u20AC " + sequence : "";
        final List<Byte> raw = new ArrayList<>();
        for (int i = random.nextInt(5) == 0 ? random.nextInt(200) : 0; i > 0; i--) {
            raw.add((byte) random.nextInt());
        }
        return new BookMessage(1_766_000_000_000_000_000L + sequence * 731, random.nextInt(256), entries, text, raw);
    }

    /** Encodes it, field after field in the order of the schema. */
    int encode(final MutableDirectBuffer buffer, final int offset) {
        final Encoder encoder = new Encoder().wrapAndApplyHeader(buffer, offset).time(time).indicator(indicator);
        encoder.entries(entries.size());
        entries.forEach(encoder::next);
        final byte[] bytes = new byte[raw.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = raw.get(i);
        }
        return encoder.text(text).raw(bytes, 0, bytes.length).encodedLength();
    }

    /** The writing flyweight. */
    static final class Encoder {
        private MutableDirectBuffer buffer;
        private int offset;
        private int limit;

        Encoder wrapAndApplyHeader(final MutableDirectBuffer target, final int start) {
            buffer = target;
            offset = start;
            buffer.putShort(start, (short) BLOCK_LENGTH, ORDER);
            buffer.putShort(start + 2, (short) TEMPLATE, ORDER);
            buffer.putShort(start + 4, (short) SCHEMA, ORDER);
            buffer.putShort(start + 6, (short) VERSION, ORDER);
            limit = start + HEADER_LENGTH + BLOCK_LENGTH;
            return this;
        }

        Encoder time(final long value) {
            buffer.putLong(offset + HEADER_LENGTH, value, ORDER);
            return this;
        }

        Encoder indicator(final int value) {
            buffer.putByte(offset + HEADER_LENGTH + 8, (byte) value);
            buffer.putChar(offset + HEADER_LENGTH + 9, 'X', ORDER);
            return this;
        }

        void entries(final int count) {
            buffer.putShort(limit, (short) ENTRY_LENGTH, ORDER);
            buffer.putByte(limit + 2, (byte) count);
            limit += 3;
        }

        void next(final Entry entry) {
            buffer.putLong(limit, entry.price, ORDER);
            buffer.putInt(limit + 8, entry.quantity, ORDER);
            buffer.putInt(limit + 12, entry.security, ORDER);
            buffer.putInt(limit + 16, (int) entry.sequence, ORDER);
            buffer.putShort(limit + 20, (short) entry.orders, ORDER);
            buffer.putByte(limit + 22, (byte) entry.level);
            buffer.putByte(limit + 23, (byte) entry.action);
            buffer.putByte(limit + 24, (byte) entry.side);
            buffer.putFloat(limit + 25, entry.yield, ORDER);
            buffer.setMemory(limit + 29, 3, (byte) 0);
            limit += ENTRY_LENGTH;
        }

        Encoder text(final String value) {
            final byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
            return raw(bytes, 0, bytes.length);
        }

        Encoder raw(final byte[] source, final int index, final int length) {
            buffer.putShort(limit, (short) length, ORDER);
            buffer.putBytes(limit + 2, source, index, length);
            limit += 2 + length;
            return this;
        }

        int encodedLength() {
            return limit - offset;
        }
    }

    /** The reading flyweight. */
    static final class Decoder {
        private DirectBuffer buffer;
        private int offset;
        private int limit;
        private int blockLength;

        Decoder wrapAndApplyHeader(final DirectBuffer source, final int start) {
            buffer = source;
            offset = start + HEADER_LENGTH;
            if (buffer.getShort(start + 2, ORDER) != TEMPLATE || buffer.getShort(start + 4, ORDER) != SCHEMA) {
                throw new IllegalStateException("template " + buffer.getShort(start + 2, ORDER));
            }
            limit = offset + buffer.getShort(start, ORDER);
            return this;
        }

        BookMessage decode() {
            final long time = buffer.getLong(offset, ORDER);
            final int indicator = buffer.getByte(offset + 8) & 0xFF;
            blockLength = buffer.getShort(limit, ORDER) & 0xFFFF;
            final int count = buffer.getByte(limit + 2) & 0xFF;
            limit += 3;
            final List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                entries.add(next());
            }
            final int textLength = buffer.getShort(limit, ORDER) & 0xFFFF;
            final String text = buffer.getStringWithoutLengthUtf8(limit + 2, textLength);
            limit += 2 + textLength;
            final byte[] raw = new byte[buffer.getShort(limit, ORDER) & 0xFFFF];
            buffer.getBytes(limit + 2, raw, 0, raw.length);
            limit += 2 + raw.length;
            final List<Byte> bytes = new ArrayList<>();
            for (final byte value : raw) {
                bytes.add(value);
            }
            return new BookMessage(time, indicator, entries, text, bytes);
        }

        private Entry next() {
            final int at = limit;
            limit += blockLength;
            return new Entry(buffer.getLong(at, ORDER), buffer.getInt(at + 8, ORDER), buffer.getInt(at + 12, ORDER),
                buffer.getInt(at + 16, ORDER) & 0xFFFF_FFFFL, buffer.getShort(at + 20, ORDER), buffer.getByte(at + 22),
                buffer.getByte(at + 23), (char) buffer.getByte(at + 24), buffer.getFloat(at + 25, ORDER));
        }

        int limit() {
            return limit;
        }

        /** The last field into another buffer, as SBE's getX(MutableDirectBuffer, int, int) does. */
        int getRaw(final MutableDirectBuffer target, final int index, final int at) {
            final int length = buffer.getShort(at, ORDER) & 0xFFFF;
            buffer.getBytes(at + 2, target, index, length);
            return length;
        }

        /** The last field as a view, as SBE's wrapX(DirectBuffer) does. */
        void wrapRaw(final DirectBuffer view, final int at) {
            view.wrap(buffer, at + 2, buffer.getShort(at, ORDER) & 0xFFFF);
        }
    }
}
