import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { HoldfastError } from '@holdfast/domain'
import { inheritedEnvironment } from './daemon-environment.ts'

export type RcloneBinary = { readonly binary: string; readonly version: string }

const OLDEST = '1.60.1'
const run = promisify(execFile)

/**
 * The first rclone on a search path (the form of `PATH`). RCLONE_MISSING when there is none that starts, RCLONE_OLD
 * below 1.60.1.
 */
export async function findRclone(pathVariable: string): Promise<RcloneBinary> {
  const binary = await locateRclone(pathVariable)
  const version = await versionOf(binary)
  refuseOld(version, binary)
  return { binary, version }
}

/** As `findRclone` without starting it: whoever starts it as a daemon learns its version from that. RCLONE_MISSING. */
export async function locateRclone(pathVariable: string): Promise<string> {
  const binary = await findProgram('rclone', pathVariable)
  if (binary === undefined) throw new HoldfastError('RCLONE_MISSING', 'rclone is not on the search path.')
  return binary
}

/** RCLONE_OLD below 1.60.1. */
export function refuseOld(version: string, binary: string): void {
  if (isOlderVersion(version, OLDEST))
    throw new HoldfastError('RCLONE_OLD', `rclone ${version} at ${binary} is older than ${OLDEST}.`)
}

/** True when `version` (`1.60.1`) comes before `than`. */
export function isOlderVersion(version: string, than: string): boolean {
  const [left, right] = [version.split('.').map(Number), than.split('.').map(Number)]
  for (const [place, wanted] of right.entries()) {
    const had = left[place] ?? 0
    if (had !== wanted) return had < wanted
  }
  return false
}

/** A program's file on a search path, or undefined. */
export async function findProgram(name: string, pathVariable: string): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  for (const folder of pathVariable.split(delimiter)) {
    if (folder === '') continue
    const candidate = join(folder, file)
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (runs) return candidate
  }
  return undefined
}

async function versionOf(binary: string): Promise<string> {
  let output: string
  try {
    output = (
      await run(binary, ['version', '--config', ''], { env: inheritedEnvironment(), timeout: 20_000 })
    ).stdout
  } catch (error) {
    throw new HoldfastError('RCLONE_MISSING', `rclone at ${binary} does not start.`, { cause: error })
  }
  const version = /^rclone v(\d+\.\d+\.\d+)/m.exec(output)?.[1]
  if (version === undefined) throw new HoldfastError('RCLONE_MISSING', `${binary} is not rclone.`)
  return version
}
