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

/**
 * Off-heap memory over ordinary and DAX-mapped files that keeps serving right answers while the medium under it fails.
 *
 * <p>{@link io.cordon.Region} is the front door. The packages build on each other in this order: {@code linux} (the
 * system calls), {@code poison} (which bytes cannot be trusted), {@code fault} (the signal handler), {@code media}
 * (what a medium can do), {@code event} (who is told), {@code recovery} (how a page is made whole again), {@code
 * scrub} (the patrol), {@code io.cordon} itself.
 *
 * <p>Above it, {@code io.cordon.agrona} gives Agrona windows of a region, and shows counters and errors. It alone needs
 * Agrona, which is optional, as is the module {@code jdk.jfr}: whoever wants it on the module path adds it, {@code
 * --add-modules jdk.jfr,org.agrona}.
 *
 * <p>{@code io.cordon.cli} is the command line, which comes as a jar of its own, with picocli in it.
 *
 * <p>{@code io.cordon.agent} is for services that do not know of Cordon: it guards the mappings that they make.
 *
 * <p>The module makes native calls: start the virtual machine with {@code --enable-native-access=io.cordon}.
 */
@SuppressWarnings("requires-automatic")
module io.cordon {
    requires static info.picocli;
    requires static java.logging;
    requires static jdk.jfr;
    requires static org.agrona;

    exports io.cordon;
    exports io.cordon.agent;
    exports io.cordon.agrona;
    exports io.cordon.event;
    exports io.cordon.fault;
    exports io.cordon.media;
    exports io.cordon.poison;
    exports io.cordon.recovery;
    exports io.cordon.scrub;

    opens io.cordon.cli to info.picocli;
}
