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

import io.cordon.event.MediaListener;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.recovery.RepairSource;

import java.nio.file.Path;
import java.util.Map;

/**
 * What a region is opened with, as its builder gathered it.
 *
 * @param path                the file.
 * @param size                in bytes; 0: that of the file.
 * @param media               the medium, or null: what suits the file.
 * @param readOnly            whether nothing may be written.
 * @param sparse              whether to reserve no space.
 * @param discardSidecar      whether to forget which lines are lost.
 * @param mirror              the mirror's file, or null.
 * @param mirrorMedia         the mirror's medium, or null: what suits its file.
 * @param resynchronizeMirror whether to overwrite a mirror that cannot be used as it is.
 * @param repairSource        who can supply content besides the mirror, or null.
 * @param storage             what opens, moves and removes files.
 */
record RegionOptions(Path path, long size, Media media, boolean readOnly, boolean sparse, boolean discardSidecar,
    Path mirror, Media mirrorMedia, boolean resynchronizeMirror, RepairSource repairSource, Storage storage,
    Map<MediaListener, Integer> listeners) {
}
