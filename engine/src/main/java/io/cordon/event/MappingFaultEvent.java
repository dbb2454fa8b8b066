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
package io.cordon.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.MemoryAddress;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** {@code io.cordon.MappingFault}; its fields are part of the public interface, see {@link FlightRecording}. */
@Name("io.cordon.MappingFault")
@Label("Mapping Fault")
@Description("A page of a mapping that is no region failed, and was replaced by zeroes")
@Category("Cordon")
@StackTrace(false)
final class MappingFaultEvent extends Event {
    @Label("File")
    @Description("The file that is mapped")
    private String file;
    @Label("Offset")
    @Description("First byte of the page in the file")
    private long offset;
    @Label("Length")
    @Description("Bytes of the page")
    @DataAmount
    private long length;
    @Label("Address")
    @Description("Where the page is mapped")
    @MemoryAddress
    private long address;

    static void emit(final String file, final long offset, final long length, final long address) {
        final MappingFaultEvent event = new MappingFaultEvent();
        if (event.shouldCommit()) {
            event.file = file;
            event.offset = offset;
            event.length = length;
            event.address = address;
            event.commit();
        }
    }
}
