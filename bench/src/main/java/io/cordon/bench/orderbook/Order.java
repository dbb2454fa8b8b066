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
package io.cordon.bench.orderbook;

/**
 * What a trader wants, as the journal has it.
 *
 * @param sequence   its number, from 1 on; all orders of an instrument, and all of a trader, are in its order.
 * @param instrument what is traded.
 * @param level      at which price, as the number of a level.
 * @param trader     who trades.
 * @param quantity   how much; less than 0 to sell.
 */
record Order(long sequence, int instrument, int level, int trader, long quantity) {
}
