/** The version that `--version` and `--help` show; a test holds it equal to the package's. */
export const version = "2.0.0"
