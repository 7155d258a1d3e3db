/** The validated configuration, as a plain record. */
import * as Context from "effect/Context"
import type { Settings } from "../domain/config/Settings.ts"

export class Config extends Context.Tag("esmtp/services/Config")<Config, Settings>() {}
