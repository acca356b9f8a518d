import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix, resolve } from 'node:path'
import { AMBIENT, EMPTY_NAMES, ONLY, WALLS, type Wall } from './walls.ts'

export type Breach = { readonly file: string; readonly line: number; readonly what: string }
type Import = { readonly specifier: string; readonly typeOnly: boolean; readonly line: number }
type Room = { readonly folder: string; readonly wall: Wall; readonly dependencies: ReadonlySet<string> }

const OWN = '@holdfast/'
const SOURCES = '**/*.{ts,tsx,mts,mjs}'
const NOT_SOURCES = [
  '**/generated/**',
  '**/node_modules/**',
  'out/**',
  '.next/**',
  'public/**',
  'next-env.d.ts',
]
const IMPORT =
  /^[ \t]*(?:(?:import|export)\s+(type\s)?[^'"`;]*?from\s*|import\s*)['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

/**
 * Holds every workspace below `root` against the walls: its package.json, the imports of its sources, the names of
 * its files, and that only edges read the clock, chance or the environment. Tests, fixtures and the build files at a
 * workspace's root may import what they need.
 */
export function checkWalls(root: string): Breach[] {
  const folders = globSync('{packages,apps}/*/package.json', { cwd: root }).map(posix.dirname).sort()
  return folders.flatMap((folder) => {
    const wall = WALLS[folder]
    if (wall === undefined)
      return [
        {
          file: `${folder}/package.json`,
          line: 1,
          what: 'is a workspace without a wall in scripts/walls.ts',
        },
      ]
    const manifest = readManifest(join(root, folder, 'package.json'))
    const room: Room = { folder, wall, dependencies: new Set(manifest) }
    const files = globSync(SOURCES, {
      cwd: join(root, folder),
      exclude: NOT_SOURCES,
    })
    return [...manifestBreaches(room), ...files.sort().flatMap((file) => fileBreaches(root, room, file))]
  })
}

function readManifest(file: string): string[] {
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const dependencies =
    typeof parsed === 'object' && parsed !== null && 'dependencies' in parsed && parsed.dependencies
  return typeof dependencies === 'object' && dependencies !== null ? Object.keys(dependencies) : []
}

function manifestBreaches({ folder, wall, dependencies }: Room): Breach[] {
  const file = `${folder}/package.json`
  return [...dependencies].flatMap((name) => {
    const own = name.startsWith(OWN) ? name.slice(OWN.length) : undefined
    const allowed =
      own === undefined
        ? allowsNpm(wall, name)
        : wall.own.some((entry) => entry.replace(' (types)', '').split('/')[0] === own)
    return allowed ? [] : [{ file, line: 1, what: `may not depend on ${name}` }]
  })
}

function fileBreaches(root: string, room: Room, file: string): Breach[] {
  const path = `${room.folder}/${file}`
  const at = (line: number, what: string): Breach => ({ file: path, line, what })
  const named = EMPTY_NAMES.test(`/${file}`)
    ? [at(1, 'has a name that says nothing: name it by what it exports')]
    : []
  const text = readFileSync(join(root, path), 'utf8')
  const isTest =
    /\.test\.tsx?$|(^|\/)(tests|e2e)\/|-fixture\.ts$|(^|\/)test-[^/]+\.ts$|\.config\.|^[^/]+\.mjs$/.test(file)
  const imports = importsOf(text).flatMap(({ specifier, typeOnly, line }) => {
    const what = importBreach(root, room, file, { specifier, typeOnly, line }, isTest)
    return what === undefined ? [] : [at(line, what)]
  })
  return [
    ...named,
    ...imports,
    ...(isTest ? [] : ambientBreaches(room, file, text).map(([line, what]) => at(line, what))),
  ]
}

function importBreach(
  root: string,
  room: Room,
  file: string,
  found: Import,
  isTest: boolean,
): string | undefined {
  const { specifier } = found
  if (specifier.startsWith('.')) return relativeBreach(root, room, file, specifier)
  const isNode = specifier.startsWith('node:')
  if (!isNode && builtinModules.includes(specifier)) return `imports ${specifier}: write node:${specifier}`
  if (isTest) return undefined
  const only = ONLY.find(({ module, rooms }) => module.test(specifier) && !rooms.includes(room.folder))
  if (only !== undefined) return `may not import ${specifier}: ${only.why}`
  if (isNode) {
    const { node, assets = [] } = room.wall
    if (specifier === 'node:fs' && assets.includes(file.replace(/^src\//, ''))) return undefined
    return node === undefined || node.includes(specifier) ? undefined : `may not import ${specifier}`
  }
  if (!specifier.startsWith(OWN)) {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    return allowsNpm(room.wall, name) ? undefined : `may not import ${name}`
  }
  const own = specifier.slice(OWN.length)
  if (room.wall.own.includes(own)) return undefined
  if (own === 'testkit') return 'may import testkit only from tests'
  if (!room.wall.own.includes(`${own} (types)`)) return `may not import ${specifier}`
  return found.typeOnly ? undefined : `may import from ${specifier} only with \`import type\``
}

function relativeBreach(root: string, room: Room, file: string, specifier: string): string | undefined {
  const home = resolve(root, room.folder)
  const target = resolve(home, posix.dirname(file), specifier)
  if (!target.startsWith(`${home}/`)) return `imports ${specifier}, which lies outside its workspace`
  return specifier.startsWith('../../../') ? `imports ${specifier}: more than two folders up` : undefined
}

function ambientBreaches({ folder, wall }: Room, file: string, text: string): [number, string][] {
  const name = file.replace(/^src\//, '')
  if (wall.edges.includes('**') || wall.edges.includes(name)) return []
  return text.split('\n').flatMap((line, index): [number, string][] => {
    if (/^\s*(\*|\/\/|\/\*)/.test(line)) return []
    const found = AMBIENT.filter(({ pattern }) => pattern.test(line))
    return found.map((ambient) => [index + 1, `reads ${ambient.name}; ${folder} takes it as a value`])
  })
}

function importsOf(text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
    line: text.slice(0, match.index).split('\n').length,
  }))
}

function allowsNpm(wall: Wall, name: string): boolean {
  return wall.npm.includes('*') || wall.npm.includes(name)
}

if (import.meta.main) {
  const breaches = checkWalls(resolve(import.meta.dirname, '..'))
  for (const { file, line, what } of breaches) console.error(`${file}:${line} ${what}`)
  if (breaches.length > 0) process.exitCode = 1
  else console.log('The walls stand.')
}
