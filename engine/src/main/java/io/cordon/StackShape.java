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

import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.media.StackedMedia;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Builds a stack as its descriptor says: {@link StackedMedia#shape}, and the legs in their order. */
final class StackShape {
    private static final String LINEAR = "linear(";
    private static final String STRIPED = "striped(";

    private final String shape;
    private final Iterator<String> legs;
    private int at;

    private StackShape(final String shape, final List<String> legs) {
        this.shape = shape;
        this.legs = legs.iterator();
    }

    /** The stack that a descriptor describes. A leg is on a simulated medium if that remembers something of it. */
    static StackedMedia read(final StackText descriptor) throws IOException {
        return (StackedMedia) new StackShape(descriptor.value("shape"), descriptor.values("leg")).leg();
    }

    private Leg leg() throws IOException {
        if (shape.startsWith(LINEAR, at)) {
            at += LINEAR.length();
            return Media.linear(parts());
        }
        if (shape.startsWith(STRIPED, at)) {
            at += STRIPED.length();
            final long width = number();
            at += ": ".length();
            return Media.striped(width, parts());
        }
        final long size = number();
        final String text = legs.next();
        final Path path = Path.of(URI.create(text.substring(text.indexOf(' ') + 1)));
        return SimulatedMedia.isRemembered(path) ? Leg.of(path, size, Media.simulated()) : Leg.of(path, size);
    }

    private Leg[] parts() throws IOException {
        final List<Leg> parts = new ArrayList<>();
        do {
            parts.add(leg());
            at += shape.startsWith(", ", at) ? ", ".length() : 0;
        } while (shape.charAt(at) != ')');
        at++;
        return parts.toArray(Leg[]::new);
    }

    private long number() {
        final int start = at;
        while (at < shape.length() && Character.isDigit(shape.charAt(at))) {
            at++;
        }
        return Long.parseLong(shape.substring(start, at));
    }
}
