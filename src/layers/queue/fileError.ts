/** From what Node throws to `FileError`, and from there to what the queue's users are told. */
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import { FileError } from "../../services/SpoolFiles.ts"

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "EIO"

export const fileError = (operation: string, path: string, cause: unknown): FileError =>
  new FileError({ operation, path, code: codeOf(cause), cause })

const meanings: ReadonlyMap<string, readonly [QueueFailed["reason"], string]> = new Map([
  ["ENOSPC", ["NoSpace", "no space left on the file system"]],
  ["EDQUOT", ["NoSpace", "disk quota exceeded"]],
  ["EFBIG", ["NoSpace", "file size limit exceeded"]],
  ["EACCES", ["Permission", "permission denied"]],
  ["EPERM", ["Permission", "operation not permitted"]],
  ["EROFS", ["Permission", "the file system is read-only"]],
  ["ENOENT", ["NotFound", "no such file or directory"]],
  ["ELOOP", ["Unsafe", "a symbolic link is in the way"]],
  ["ENOTDIR", ["Unsafe", "not a directory"]],
  ["EISDIR", ["Unsafe", "a directory is in the way"]],
  ["EINVAL", ["Unsupported", "not supported by the file system"]],
  ["ENOTSUP", ["Unsupported", "not supported by the file system"]],
  ["EOPNOTSUPP", ["Unsupported", "not supported by the file system"]],
  ["ENOSYS", ["Unsupported", "not supported by the system"]],
  ["EIO", ["Io", "input/output error"]],
  ["EMFILE", ["Io", "too many open files"]],
  ["ENFILE", ["Io", "too many open files in the system"]]
])

export const queueFailed = (error: FileError): QueueFailed => {
  const [reason, words] = meanings.get(error.code) ?? ["Io", "failed"]
  return new QueueFailed({
    operation: error.operation,
    path: error.path,
    reason,
    detail: `${words} (${error.code})`,
    cause: error
  })
}

export const isMissing = (error: FileError): boolean => error.code === "ENOENT"

export const exists = (error: FileError): boolean => error.code === "EEXIST"
