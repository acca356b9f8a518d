import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** What became of one store of certificates. */
export type TrustStep = {
  /** Who reads the store. */
  readonly store: string
  readonly place: string
  readonly done: boolean
  /** Why not, and what to do instead; null when it was done. */
  readonly problem: string | null
}

/** Where a program is among the folders of a PATH; undefined when it is not there. */
export function findProgram(name: string, path: string): string | undefined {
  const files = path.split(delimiter).map((folder) => join(folder, name))
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false // not there, or not to be run
    }
  })
}

const run = promisify(execFile)

/** Runs a program to its end, without a shell. Resolves to what it printed; its last line is the problem otherwise. */
export async function tryProgram(
  file: string,
  args: readonly string[],
): Promise<{ stdout: string; problem: string | null }> {
  try {
    const { stdout } = await run(file, [...args], { timeout: 60_000 })
    return { stdout, problem: null }
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    return { stdout: '', problem: stderr.split('\n').at(-1) || String(error) }
  }
}
