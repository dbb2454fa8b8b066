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
package io.cordon.kernel;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Runs on the host: serves {@link FailingDisk}s to the emulator, by the protocol for network block devices
 * (NetworkBlockDevice/nbd, doc/proto.md), newstyle, simple replies. The exports are named "0", "1", …, and one more
 * named "service" takes the guest's orders. Arguments: a socket to make, the length of each disk, how many there are.
 */
public final class DiskServer {
    static final String SERVICE = "service";

    private static final long GREETING = 0x4e42444d41474943L;
    private static final long OPTION_MAGIC = 0x49484156454F5054L;
    private static final long OPTION_REPLY_MAGIC = 0x3e889045565a9L;
    private static final int REQUEST_MAGIC = 0x25609513;
    private static final int REPLY_MAGIC = 0x67446698;
    /** Fixed newstyle, and no zeroes after the export. */
    private static final int HANDSHAKE = 3;
    private static final int OPTION_ABORT = 2;
    private static final int OPTION_GO = 7;
    private static final int REPLY_ACK = 1;
    private static final int REPLY_INFO = 3;
    private static final int REPLY_UNSUPPORTED = 0x8000_0001;
    private static final int REPLY_UNKNOWN = 0x8000_0006;
    private static final short INFO_EXPORT = 0;
    private static final short INFO_BLOCK_SIZE = 3;
    /** Has flags, and takes flushes. */
    private static final short TRANSMISSION = 1 | 4;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int DISCONNECT = 2;
    private static final int FLUSH = 3;
    private static final int EINVAL = 22;
    private static final int LENGTH_LIMIT = 32 << 20;

    private final List<FailingDisk> disks;
    private final FailingDisk.Service service;
    private final DataInputStream in;
    private final DataOutputStream out;

    private DiskServer(final List<FailingDisk> disks, final FailingDisk.Service service, final SocketChannel client) {
        this.disks = disks;
        this.service = service;
        this.in = new DataInputStream(Channels.newInputStream(client));
        this.out = new DataOutputStream(Channels.newOutputStream(client));
    }

    /** Serves until it is killed. */
    public static void main(final String[] arguments) throws IOException {
        final long length = Long.parseLong(arguments[1]);
        final List<FailingDisk> disks = IntStream.range(0, Integer.parseInt(arguments[2]))
            .mapToObj(_ -> new FailingDisk(length)).toList();
        final FailingDisk.Service service = new FailingDisk.Service(disks);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(Path.of(arguments[0])));
            while (true) {
                final SocketChannel client = server.accept();
                Thread.ofPlatform().start(() -> serve(new DiskServer(disks, service, client), client));
            }
        }
    }

    private static void serve(final DiskServer server, final SocketChannel client) {
        try (client) {
            final FailingDisk disk = server.negotiate();
            if (disk != null) {
                server.transmit(disk);
            }
        } catch (EOFException _) {
            // The guest was switched off.
        } catch (final IOException failure) {
            failure.printStackTrace();
        }
    }

    /** The disk that the client chose, or null if it did not. */
    private FailingDisk negotiate() throws IOException {
        out.writeLong(GREETING);
        out.writeLong(OPTION_MAGIC);
        out.writeShort(HANDSHAKE);
        in.readInt();
        while (true) {
            if (in.readLong() != OPTION_MAGIC) {
                throw new IOException("not an option");
            }
            final int option = in.readInt();
            final byte[] data = new byte[in.readInt()];
            in.readFully(data);
            if (option == OPTION_ABORT) {
                reply(option, REPLY_ACK, new byte[0]);
                return null;
            }
            if (option != OPTION_GO) {
                reply(option, REPLY_UNSUPPORTED, new byte[0]);
                continue;
            }
            final FailingDisk disk = disk(data);
            if (disk != null) {
                reply(option, REPLY_INFO, ByteBuffer.allocate(12).putShort(INFO_EXPORT).putLong(disk.length())
                    .putShort(TRANSMISSION).array());
                reply(option, REPLY_INFO, ByteBuffer.allocate(14).putShort(INFO_BLOCK_SIZE)
                    .putInt(FailingDisk.SECTOR).putInt(FailingDisk.SECTOR).putInt(LENGTH_LIMIT).array());
                reply(option, REPLY_ACK, new byte[0]);
                return disk;
            }
            reply(option, REPLY_UNKNOWN, new byte[0]);
        }
    }

    private FailingDisk disk(final byte[] request) {
        final int length = ByteBuffer.wrap(request).getInt();
        final String name = new String(request, Integer.BYTES, length, StandardCharsets.UTF_8);
        if (name.equals(SERVICE)) {
            return service;
        }
        return name.matches("\\d") && Integer.parseInt(name) < disks.size() ? disks.get(Integer.parseInt(name)) : null;
    }

    private void reply(final int option, final int type, final byte[] data) throws IOException {
        out.writeLong(OPTION_REPLY_MAGIC);
        out.writeInt(option);
        out.writeInt(type);
        out.writeInt(data.length);
        out.write(data);
        out.flush();
    }

    private void transmit(final FailingDisk disk) throws IOException {
        while (true) {
            if (in.readInt() != REQUEST_MAGIC) {
                throw new IOException("not a request");
            }
            in.readShort();
            final int type = in.readShort();
            final long cookie = in.readLong();
            final long offset = in.readLong();
            final int length = in.readInt();
            byte[] data = new byte[0];
            int error = 0;
            switch (type) {
                case READ -> {
                    final byte[] content = new byte[length];
                    error = disk.read(offset, content);
                    data = error == 0 ? content : data;
                }
                case WRITE -> {
                    final byte[] content = new byte[length];
                    in.readFully(content);
                    error = disk.write(offset, content);
                }
                case DISCONNECT -> {
                    return;
                }
                case FLUSH -> {
                    // All is in memory, and nothing outlives this process.
                }
                default -> error = EINVAL;
            }
            final ByteBuffer answer = ByteBuffer.allocate(16 + data.length);
            out.write(answer.putInt(REPLY_MAGIC).putInt(error).putLong(cookie).put(data).array());
            out.flush();
        }
    }
}
