import { formatBytes, type PresetGroup, type Source } from '@holdfast/domain'
import { countSources, findPresets, type SourceCount } from '@holdfast/host'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** One path of a preset with what a backup of it would hold. */
type Counted = {
  readonly path: string
  readonly readable: boolean
  readonly files: number
  readonly bytes: number
  readonly unreadable: number
}

/** `holdfast source presets`: what is worth keeping on this machine, and how much that is. */
export async function sourcePresets({ settings, output }: Call): Promise<ExitCode> {
  const presets = await findPresets({
    ...{ platform: process.platform, home: settings.userHome, variables: settings.userVariables },
    ...{ holdfastHome: settings.home, isRoot: settings.isRoot },
  })
  const asked = presets.flatMap(({ paths, excludes }) =>
    paths.map(({ path }): Source => ({ path, excludes: [...excludes], skipCacheDirs: true })),
  )
  const counts = new Map<string, SourceCount>()
  const options = { avoid: [settings.home], signal: settings.signal }
  if (asked.length > 0)
    for await (const count of countSources(asked, options)) {
      const path = asked[count.index]?.path ?? ''
      counts.set(path, count)
      output.progress(
        { type: 'progress', path, files: count.files, bytes: count.bytes },
        `counting ${path}: ${count.files} files, ${formatBytes(count.bytes)}`,
      )
    }
  const document = presets.map(({ paths, ...preset }) => ({
    ...preset,
    paths: paths.map(({ path, readable }): Counted => {
      const { files = 0, bytes = 0, unreadable = 0 } = counts.get(path) ?? {}
      return { path, readable, files, bytes, unreadable }
    }),
  }))
  output.answer(document, linesOf(document))
  return EXIT.ok
}

type Listed = { group: PresetGroup; name: string; ticked: boolean; paths: readonly Counted[] }

function linesOf(presets: readonly Listed[]): string[] {
  if (presets.length === 0)
    return ['Nothing that Holdfast knows was found here. Back up folders by name: `holdfast backup PATH…`.']
  const rows = presets.flatMap(({ group, name, ticked, paths }) =>
    paths.map(({ path, files, bytes, readable, unreadable }, i) => {
      const closed = unreadable === 0 ? '' : `  (${unreadable} can't be read)`
      return [
        ...(i === 0 ? [ticked ? '*' : '', name, GROUP_WORDS[group]] : ['', '', '']),
        ...[String(files), formatBytes(bytes), readable ? `${path}${closed}` : `${path}  (can't be read)`],
      ]
    }),
  )
  const chosen = presets.filter(({ ticked }) => ticked).flatMap(({ paths }) => paths)
  const sum = (of: (one: Counted) => number) => chosen.reduce((all, one) => all + of(one), 0)
  return [
    ...tableOf(['', 'what', 'kind', 'files', 'size', 'where'], rows, [3, 4]),
    '',
    `* A set-up starts with these: ${sum(({ files }) => files)} files, ${formatBytes(sum(({ bytes }) => bytes))}.`,
  ]
}

const GROUP_WORDS: Readonly<Record<PresetGroup, string>> = {
  files: 'files',
  profiles: 'profile',
  keys: 'keys',
  'app-config': 'app: config',
  'app-data': 'app: data',
  'app-bootstraps': 'app: bootstraps',
  'app-binaries': 'app: binaries',
  databases: 'database',
}
