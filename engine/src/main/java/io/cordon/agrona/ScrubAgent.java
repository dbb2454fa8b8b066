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

import io.cordon.scrub.ScrubDuty;

import java.util.Objects;
import org.agrona.concurrent.Agent;

/**
 * A region's patrol as an agent, for an {@link org.agrona.concurrent.AgentRunner}, an
 * {@link org.agrona.concurrent.AgentInvoker} or a {@link org.agrona.concurrent.CompositeAgent} of the service, beside
 * its other agents or on a thread of its own:
 *
 * {@snippet :
 * final ScrubAgent agent = new ScrubAgent(region.scrubber().duty(ScrubOptions.DEFAULT));
 * final AgentRunner runner = new AgentRunner(new SleepingMillisIdleStrategy(1), errorHandler, null, agent);
 * AgentRunner.startOnThread(runner);
 * }
 *
 * <p>A piece of work reads 64 KiB at most, and recovers what is bad in there, which waits for the medium; so an agent
 * that must not wait does not belong on the same runner. When the patrol is over, since it was stopped or the region
 * closed, the agent has nothing to do any more and does not end its runner.
 */
@SuppressWarnings("exports")
public final class ScrubAgent implements Agent {
    private final ScrubDuty duty;

    /**
     * An agent.
     *
     * @param duty from {@link io.cordon.scrub.Scrubber#duty}; ended when the agent is closed.
     */
    public ScrubAgent(final ScrubDuty duty) {
        this.duty = Objects.requireNonNull(duty, "duty");
    }

    @Override
    public int doWork() {
        return duty.doWork();
    }

    @Override
    public void onClose() {
        duty.close();
    }

    @Override
    public String roleName() {
        return "cordon-scrub";
    }
}
