import { accessSync, constants, existsSync, lstatSync, readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { formatBytes, toHoldfastError } from '@holdfast/domain'
import { readHookCommands } from '@holdfast/host'
import { type Finding, ok, problem, warning } from './finding.ts'

const PRIVATE_FILES: readonly string[] =
  'config.key secrets.conf rclone.conf agents.conf agent.json hooks.json machine.json'.split(' ')
const SCARCE_BYTES = 1_000_000_000
const NONE_BYTES = 100_000_000

/** The folder of all local state: whose it is, who else may read it, and whether there is room. Undefined without one. */
export function checkHome(home: string, uid: number | undefined): Finding[] | undefined {
  if (!existsSync(home)) return undefined
  const folder = lstatSync(home)
  if (!folder.isDirectory())
    return [
      problem('home', `${home} is not a folder.`, 'Move it away, or set HOLDFAST_HOME to another folder.'),
    ]
  return [
    ownerOf(home, { owner: folder.uid, uid }),
    checkPrivate(home, folder.mode),
    checkRoom(home),
    checkMachineFile(home),
    checkHooks(home),
  ]
}

function ownerOf(home: string, { owner, uid }: { owner: number; uid: number | undefined }): Finding {
  if (uid !== undefined && owner !== uid)
    return problem(
      'home-owner',
      `${home} belongs to user ${owner}, and this is user ${uid}.`,
      'Run this as that user, or give the folder to this one: chown -R.',
    )
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
    return ok('home-owner', `The home is ${home}, and it may be written.`)
  } catch {
    return problem(
      'home-owner',
      `${home} can't be written.`,
      `Take back the right to write: chmod 700 ${home}`,
    )
  }
}

function checkPrivate(home: string, mode: number): Finding {
  const open = PRIVATE_FILES.filter((name) => {
    const file = join(home, name)
    return existsSync(file) && (lstatSync(file).mode & 0o077) !== 0
  })
  // A closed folder keeps what is in it closed; the files' own rights count once it is copied elsewhere.
  if ((mode & 0o077) !== 0)
    return problem('home-private', `Other users may look into ${home}.`, `Close it: chmod 700 ${home}`)
  if (open.length === 0) return ok('home-private', 'Nobody else may look into the home.')
  return problem(
    'home-private',
    `Other users may read ${open.join(', ')} in ${home}, once it is copied elsewhere.`,
    `Close them: chmod 600 ${open.map((name) => join(home, name)).join(' ')}`,
  )
}

function checkRoom(home: string): Finding {
  const { bavail, bsize } = statfsSync(home)
  const free = bavail * bsize
  const sentence = `${formatBytes(free)} are free on the disk of the home.`
  const next = 'Free some space there, or set HOLDFAST_HOME to a folder on another disk.'
  if (free < NONE_BYTES) return problem('home-room', sentence, next)
  return free < SCARCE_BYTES ? warning('home-room', sentence, next) : ok('home-room', sentence)
}

function checkMachineFile(home: string): Finding {
  const file = join(home, 'machine.json')
  if (!existsSync(file)) return ok('machine', 'This machine has no name in a vault yet.')
  try {
    JSON.parse(readFileSync(file, 'utf8'))
    return ok('machine', 'This machine knows its own name in the vaults.')
  } catch {
    return problem(
      'machine',
      `${file} can't be read or is damaged.`,
      'Put it back from a copy of this folder; without it this machine is a new one to every vault.',
    )
  }
}

function checkHooks(home: string): Finding {
  try {
    const count = readHookCommands(home).length
    return ok(
      'hooks',
      count === 0 ? 'There are no free commands for hooks.' : `${count} free commands for hooks.`,
    )
  } catch (error) {
    const { message, next } = toHoldfastError(error)
    return problem('hooks', message, next)
  }
}
