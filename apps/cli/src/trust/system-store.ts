import { chmod, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram, type TrustStep, tryProgram } from './trust-step.ts'

/** Debian's folders of certificates; a test has its own. */
export type SystemFolders = { readonly local: string; readonly args: readonly string[] }

const DEBIAN: SystemFolders = { local: '/usr/local/share/ca-certificates', args: [] }
const STORE = 'the system (curl, git, most programs)'
const OURS = /^holdfast-[0-9a-f]{8}\.crt$/

type Who = { readonly path: string; readonly isRoot: boolean }

/** Makes the system trust an authority, by the way that Debian has for it. Never rejects for what it could not do. */
export async function trustInSystem(
  authority: { readonly pem: string; readonly short: string },
  { path, isRoot }: Who,
  folders = DEBIAN,
): Promise<TrustStep> {
  const place = join(folders.local, `holdfast-${authority.short}.crt`)
  const update = findProgram('update-ca-certificates', path)
  if (!isRoot || update === undefined) return notDone(place, isRoot)
  try {
    await writeFile(place, authority.pem)
    await chmod(place, 0o644)
  } catch (cause) {
    return { store: STORE, place, done: false, problem: `${place} can't be written: ${String(cause)}` }
  }
  const { problem } = await tryProgram(update, folders.args)
  return { store: STORE, place, done: problem === null, problem }
}

/** Takes every authority of a Holdfast home out of it. Nothing when there is none. */
export async function forgetInSystem({ path, isRoot }: Who, folders = DEBIAN): Promise<TrustStep[]> {
  const names = await readdir(folders.local).catch(() => [])
  const places = names.filter((name) => OURS.test(name)).map((name) => join(folders.local, name))
  if (places.length === 0) return []
  const update = findProgram('update-ca-certificates', path)
  if (!isRoot || update === undefined)
    return places.map((place) => ({
      ...notDone(place, isRoot),
      problem: `As root: rm ${place}; update-ca-certificates`,
    }))
  for (const place of places) await rm(place, { force: true })
  // Only a fresh start takes the links of removed certificates away.
  const { problem } = await tryProgram(update, ['--fresh', ...folders.args])
  return places.map((place) => ({ store: STORE, place, done: problem === null, problem }))
}

function notDone(place: string, isRoot: boolean): TrustStep {
  const problem = isRoot
    ? 'update-ca-certificates is not here: apt-get install ca-certificates, then run it again.'
    : `Only root may: write the authority that \`holdfast trust --json\` shows to ${place}, then run sudo update-ca-certificates.`
  return { store: STORE, place, done: false, problem }
}
