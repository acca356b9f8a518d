import { HoldfastError, VaultPlace } from '@holdfast/domain'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'
import { listRemotes, remotesBelow, runsProgram } from './remotes.ts'

/**
 * Why a remote that came with a recovery kit or out of a vault is not made here, as a sentence; undefined when it may
 * be. Such a file may be anybody's: nothing in it may make rclone run a program, reach a remote by a connection string,
 * or write more than this one section into its configuration.
 */
export function heldRemoteProblem(
  name: string,
  section: Readonly<Record<string, string>>,
): string | undefined {
  if (!VaultPlace.safeParse({ kind: 'remote', remote: name, path: '' }).success || /^hf-/.test(name))
    return `“${name}” is no name for a remote.`
  const { type = '', ...options } = section
  if (!/^[a-z0-9][a-z0-9 _-]*$/.test(type)) return `The remote “${name}” has no known kind.`
  for (const [key, value] of Object.entries(options)) {
    if (!/^[a-z0-9_]{1,64}$/.test(key) || /[\r\n\0]/.test(value))
      return `The remote “${name}” has an option that rclone's configuration can't hold.`
    if (value !== '' && (runsProgram(type, key, value) || namesProgram(type, key, value)))
      return `The remote “${name}” has an option that runs a program (${key}).`
  }
  if (remotesBelow(section).some((below) => below.startsWith(':')))
    return `The remote “${name}” is built upon a connection string.`
  return undefined
}

/** Options by which a program runs in a roundabout way: credentials helpers, and files that name one. */
function namesProgram(type: string, key: string, value: string): boolean {
  if (/_(cmd|program|exec)$/.test(key)) return true
  if (['set_env', 'shared_credentials_file', 'use_az'].includes(key)) return value !== 'false'
  return key === 'env_auth' && type.startsWith('azure') && value !== 'false'
}

/**
 * Writes a held remote into rclone's configuration, as it was kept. One of that name that is there already stays as it
 * is (false). REMOTE_REFUSED by `heldRemoteProblem`.
 */
export async function addHeldRemote(
  client: RcloneClient,
  name: string,
  section: Readonly<Record<string, string>>,
): Promise<boolean> {
  const problem = heldRemoteProblem(name, section)
  if (problem !== undefined) throw new HoldfastError('REMOTE_REFUSED', problem)
  if ((await listRemotes(client)).some((known) => known.name === name)) return false
  const { type, ...parameters } = section
  await client.call(
    'config/create',
    { name, type, parameters, opt: { nonInteractive: true, noObscure: true } },
    z.object({}),
    { attempt: { doing: `add the remote ${name}` } },
  )
  return true
}
