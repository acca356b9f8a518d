import { userInfo } from 'node:os'

/** The name of the user that this process runs as; in a container that may be a number that has no name. */
export function currentUserName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '')
  }
}
