/** `esmtp simulate`: plays a scenario, or one command line, and shows what came of it. */
export const simulate = () => 0
