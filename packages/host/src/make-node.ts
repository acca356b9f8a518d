import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, renameSync, unlinkSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { HoldfastError } from '@holdfast/domain'
import type { Attributes } from '@holdfast/vault/ports'
import { applyToPath } from './attributes.ts'
import { withShortPath } from './deep-path.ts'
import { partName } from './part-name.ts'
import { printablePath } from './printable-path.ts'
import { targetErrorOf } from './target-error.ts'
import { statAt, type TargetPath } from './target-paths.ts'

const PROGRAM_FOLDERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const OPEN_FOLDER = 0o10000000 | constants.O_DIRECTORY | constants.O_NOFOLLOW // O_PATH

/**
 * Makes a fifo or device by the system's own mkfifo and mknod, which node has no call for. The program is handed the
 * folder as an open descriptor and a plain name in it: argument lists can't hold every name.
 */
export async function makeNode(
  path: TargetPath,
  attributes: Attributes,
  device: { readonly major: number; readonly minor: number },
): Promise<void> {
  const name = partName(path.name)
  const folder = withShortPath(path.parent, (short) => openSync(short, OPEN_FOLDER))
  const part = Buffer.from(`/proc/self/fd/${folder}/${name}`)
  try {
    if (statAt(part) !== undefined) unlinkSync(part)
    await runMaker(commandOf(attributes, `/proc/self/fd/3/${name}`, device), folder, path.full)
    try {
      applyToPath(part, attributes)
      renameSync(part, Buffer.concat([Buffer.from(`/proc/self/fd/${folder}/`), path.name]))
    } catch (error) {
      unlinkSync(part)
      throw error
    }
  } catch (error) {
    throw targetErrorOf(error, path.full)
  } finally {
    closeSync(folder)
  }
}

function commandOf(
  { kind }: Attributes,
  name: string,
  { major, minor }: { readonly major: number; readonly minor: number },
): readonly [string, ...string[]] {
  if (kind === 'fifo') return ['mkfifo', '-m', '600', name]
  if (kind === 'char' || kind === 'block')
    return ['mknod', '-m', '600', name, kind === 'char' ? 'c' : 'b', String(major), String(minor)]
  throw new HoldfastError('INTERNAL', `A ${kind} is not a node.`)
}

async function runMaker([program, ...args]: readonly [string, ...string[]], folder: number, full: Buffer) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', folder],
    env: { LC_ALL: 'C', PATH: PROGRAM_FOLDERS },
  })
  const [said, [code]] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'close'),
  ])
  if (code === 0) return
  const reason = said.trim().split(': ').at(-1) ?? ''
  throw new HoldfastError('TARGET_NOT_WRITABLE', `${program} can't make ${printablePath(full)}: ${reason}.`)
}
