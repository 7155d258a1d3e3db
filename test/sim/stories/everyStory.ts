/** All of them. */
import type { Story } from "../support/Story.ts"
import { authenticationStories } from "./authentication.ts"
import { beforehandStories } from "./beforehand.ts"
import { connectionStories } from "./connections.ts"
import { machineStories } from "./machine.ts"
import { refusalStories } from "./refusals.ts"

export const everyStory: ReadonlyArray<Story> = [
  ...beforehandStories,
  ...connectionStories,
  ...authenticationStories,
  ...refusalStories,
  ...machineStories
]
