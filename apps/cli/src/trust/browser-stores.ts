import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, type TrustStep, tryProgram } from './trust-step.ts'

type User = { readonly path: string; readonly userHome: string }
type Store = { readonly store: string; readonly place: string }

const NO_CERTUTIL = 'certutil is not here: apt-get install libnss3-tools, then run it again.'
const OURS = /^(Holdfast [0-9a-f]{8}) +\S* *$/gm

/** Makes the user's Chromium and Firefox trust an authority. Never rejects for what it could not do. */
export async function trustInBrowsers(
  authority: { readonly pem: string; readonly short: string },
  { path, userHome }: User,
): Promise<TrustStep[]> {
  const stores = [chromium(userHome), ...(await firefox(userHome))]
  const certutil = findProgram('certutil', path)
  if (certutil === undefined) return stores.map((one) => ({ ...one, done: false, problem: NO_CERTUTIL }))
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-trust-'))
  try {
    const file = join(folder, 'authority.pem')
    await writeFile(file, authority.pem)
    const steps: TrustStep[] = []
    for (const one of stores) {
      const made = await madeStore(certutil, one)
      const add = [
        '-d',
        `sql:${one.place}`,
        '-A',
        '-t',
        'C,,',
        '-n',
        `Holdfast ${authority.short}`,
        '-i',
        file,
      ]
      const problem = made ?? (await tryProgram(certutil, add)).problem
      steps.push({ ...one, done: problem === null, problem })
    }
    return steps
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Takes every authority of a Holdfast home out of them. Nothing for a store that has none. */
export async function forgetInBrowsers({ path, userHome }: User): Promise<TrustStep[]> {
  const stores = [chromium(userHome), ...(await firefox(userHome))].filter(({ place }) =>
    existsSync(join(place, 'cert9.db')),
  )
  const certutil = findProgram('certutil', path)
  if (certutil === undefined) return stores.map((one) => ({ ...one, done: false, problem: NO_CERTUTIL }))
  const steps: TrustStep[] = []
  for (const one of stores) {
    const { stdout } = await tryProgram(certutil, ['-d', `sql:${one.place}`, '-L'])
    for (const [, name = ''] of stdout.matchAll(OURS)) {
      const { problem } = await tryProgram(certutil, ['-d', `sql:${one.place}`, '-D', '-n', name])
      steps.push({ ...one, done: problem === null, problem })
    }
  }
  return steps
}

function chromium(userHome: string): Store {
  return { store: 'Chromium and Chrome', place: join(userHome, '.pki', 'nssdb') }
}

/** Firefox has a store for each profile. */
async function firefox(userHome: string): Promise<Store[]> {
  const root = join(userHome, '.mozilla', 'firefox')
  const names = await readdir(root).catch(() => [])
  const places = names.map((name) => join(root, name)).filter((place) => existsSync(join(place, 'cert9.db')))
  return places.map((place) => ({ store: 'Firefox', place }))
}

/** Makes an empty store where the browser has not started yet. What went wrong, or null. */
async function madeStore(certutil: string, { place }: Store): Promise<string | null> {
  if (existsSync(join(place, 'cert9.db'))) return null
  await mkdir(place, { recursive: true, mode: 0o700 })
  return (await tryProgram(certutil, ['-d', `sql:${place}`, '-N', '--empty-password'])).problem
}
