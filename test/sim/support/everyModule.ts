/** What the program loads when it needs it: virtual time would not wait for a module. */
import "../../../src/layers/invocation/Check.ts"
import "../../../src/layers/invocation/Explain.ts"
import "../../../src/layers/invocation/QueueControl.ts"
import "../../../src/layers/invocation/QueueListing.ts"
import "../../../src/layers/invocation/QueueRun.ts"
import "../../../src/layers/invocation/Receive.ts"
