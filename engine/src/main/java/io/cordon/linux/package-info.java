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
 * The Linux system calls that Cordon needs, through the foreign function interface, and raw memory by address.
 *
 * <p>{@link io.cordon.linux.Libc} binds the C library's functions one by one, and names the kernel's constants; {@link
 * io.cordon.linux.Errno} turns what they answer into exceptions with a path and a reason. {@link
 * io.cordon.linux.Memory} is all of the process's memory as one segment: who uses it has checked the bounds. {@link
 * io.cordon.linux.NativeFile} is an open file; {@link io.cordon.linux.Storage} says where files are, so that a test can
 * put another world in their place. {@link io.cordon.linux.FileExtents} and {@link io.cordon.linux.BlockDevice} tell
 * where on which device a file's bytes lie, and {@link io.cordon.linux.ExecutableCode} places machine code where it can
 * run.
 *
 * <p>Nothing here knows what fails, or why. The package is not exported.
 */
package io.cordon.linux;
