import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { toHoldfastError } from '@holdfast/domain'
import { findRclone, isOlderVersion } from '@holdfast/rclone'
import type { Settings } from '../settings.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

const NODE_AT_LEAST = 24
const RCLONE_ADVISED = '1.75.0'

/** The programs that Holdfast stands on, and its screens. */
export async function checkPrograms(
  { home, path }: Pick<Settings, 'home' | 'path'>,
  { nodeVersion, webDir }: { nodeVersion: string; webDir: string },
): Promise<Finding[]> {
  return [
    checkNode(nodeVersion),
    await checkRclone([path, join(home, 'bin')].join(delimiter)),
    existsSync(join(webDir, 'index.html'))
      ? ok('screens', 'The screens are built.')
      : warning(
          'screens',
          `The screens are not built: ${webDir} has none.`,
          'Run `npm start`, which builds them.',
        ),
  ]
}

/** `version` as Node tells it, `24.1.0`. */
export function checkNode(version: string): Finding {
  return Number(version.split('.')[0]) >= NODE_AT_LEAST
    ? ok('node', `Node ${version}.`)
    : problem(
        'node',
        `Node ${version} is older than ${NODE_AT_LEAST}.`,
        `Install Node ${NODE_AT_LEAST} or newer.`,
      )
}

async function checkRclone(path: string): Promise<Finding> {
  try {
    const { binary, version } = await findRclone(path)
    if (!isOlderVersion(version, RCLONE_ADVISED)) return ok('rclone', `rclone ${version} at ${binary}.`)
    return warning(
      'rclone',
      `rclone ${version} at ${binary} works, but versions below ${RCLONE_ADVISED} have known security holes.`,
      'Update rclone from rclone.org when you can.',
    )
  } catch (error) {
    const { message, next } = toHoldfastError(error)
    return problem('rclone', message, next)
  }
}
