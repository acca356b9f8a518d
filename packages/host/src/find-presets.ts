import { access, constants, lstat, readFile, realpath, stat } from 'node:fs/promises'
import { join, posix, win32 } from 'node:path'
import { PLATFORMS, type Platform, PRESETS, type Preset } from '@holdfast/domain'
import { systemCode } from './system-error.ts'

/** Whose presets are looked for. */
export type PresetPlaces = {
  readonly platform: string
  /** The home folder of the user who is backed up. */
  readonly home: string
  /** Where Holdfast keeps its own state. */
  readonly holdfastHome: string
  /** The environment: `XDG_CONFIG_HOME`, `APPDATA` and so on; what is not set has the system's default. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly isRoot: boolean
}

/** A preset of which something is there. */
export type FoundPreset = {
  readonly id: string
  readonly name: string
  readonly group: Preset['group']
  readonly why: string
  readonly ticked: boolean
  readonly excludes: readonly string[]
  /** What is there, links followed, each once. */
  readonly paths: readonly { readonly path: string; readonly readable: boolean }[]
}

/**
 * The presets that this machine has something of, in their order. Looks only at the named places themselves. What can't
 * be seen, because a folder above is closed, is not there; a system that presets don't know has none.
 */
export async function findPresets(places: PresetPlaces): Promise<FoundPreset[]> {
  const platform = PLATFORMS.find((known) => known === places.platform)
  if (platform === undefined) return []
  const folders = platform === 'linux' ? await userFolders(places) : new Map<string, string>()
  const seen = new Set<string>([places.home])
  const found: FoundPreset[] = []
  for (const { paths, ticked, id, name, group, why, excludes = [] } of PRESETS) {
    const here: FoundPreset['paths'][number][] = []
    for (const written of paths[platform] ?? []) {
      const path = fill(written, platform, { places, folders })
      const real = path === undefined ? undefined : await whereIs(path)
      if (real === undefined || seen.has(real)) continue
      seen.add(real)
      here.push({ path: real, readable: await isReadable(real) })
    }
    if (here.length === 0) continue
    const chosen = ticked === 'yes' || (ticked === 'as-root' && places.isRoot)
    found.push({ id, name, group, why, excludes, ticked: chosen, paths: here })
  }
  return found
}

/** A path of the presets as one of this machine; undefined when its beginning has no place here. */
function fill(
  written: string,
  platform: Platform,
  by: { places: PresetPlaces; folders: ReadonlyMap<string, string> },
): string | undefined {
  const { join: joined, isAbsolute, sep } = platform === 'win32' ? win32 : posix
  const end = written.indexOf(sep)
  const [head, rest] = end === -1 ? [written, ''] : [written.slice(0, end), written.slice(end)]
  const base = /^[~$%]/.test(head) ? baseOf(head, by) : head
  if (base === undefined) return undefined
  const path = joined(`${base}${sep}`, rest)
  const trimmed = path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path
  return isAbsolute(trimmed) ? trimmed : undefined
}

function baseOf(
  head: string,
  { places, folders }: { places: PresetPlaces; folders: ReadonlyMap<string, string> },
): string | undefined {
  const { home, holdfastHome, variables } = places
  if (head === '~') return home
  const name = head.replace(/[$%]/g, '')
  if (name === 'HOLDFAST_HOME') return holdfastHome
  if (name === 'USERPROFILE') return variables[name] ?? home
  const inHome = HOME_DEFAULTS[name]
  return folders.get(name) ?? (variables[name] || (inHome === undefined ? undefined : join(home, inHome)))
}

/** Where the XDG base directories are when nobody says otherwise. */
const HOME_DEFAULTS: Readonly<Record<string, string>> = {
  XDG_CONFIG_HOME: '.config',
  XDG_DATA_HOME: '.local/share',
  XDG_DOCUMENTS_DIR: 'Documents',
  XDG_PICTURES_DIR: 'Pictures',
  XDG_DESKTOP_DIR: 'Desktop',
  XDG_MUSIC_DIR: 'Music',
  XDG_VIDEOS_DIR: 'Videos',
  XDG_DOWNLOAD_DIR: 'Downloads',
}

/** What the desktop calls the user's folders, in the user's own language (`~/.config/user-dirs.dirs`). */
async function userFolders({ home, variables }: PresetPlaces): Promise<Map<string, string>> {
  const config = variables.XDG_CONFIG_HOME || join(home, '.config')
  let text: string
  try {
    text = await readFile(join(config, 'user-dirs.dirs'), 'utf8')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return new Map() // the usual names then
  }
  const lines = text.matchAll(/^\s*(XDG_[A-Z]+_DIR)="(\$HOME)?(\/[^"]*)"/gm)
  return new Map(
    [...lines].map(([, name = '', inHome, path = '']) => [name, inHome ? join(home, path) : path]),
  )
}

/** The place itself, or where a link leads; undefined when there is nothing. */
async function whereIs(path: string): Promise<string | undefined> {
  try {
    const found = await lstat(path)
    if (!found.isSymbolicLink()) return found.isFile() || found.isDirectory() ? path : undefined
    const real = await realpath(path)
    const target = await stat(real)
    return target.isFile() || target.isDirectory() ? real : undefined
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

async function isReadable(path: string): Promise<boolean> {
  const { R_OK, X_OK } = constants
  try {
    await access(path, (await stat(path)).isDirectory() ? R_OK | X_OK : R_OK)
    return true
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  }
}
