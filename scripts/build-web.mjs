import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the built screens are made from; a change in any of it builds them again. */
const INPUTS = ['apps/web', 'packages/domain', 'packages/api', 'package-lock.json']
const NOT_INPUTS = /^(node_modules|out|\.next|\.turbo|e2e|next-env\.d\.ts|.*\.tsbuildinfo|.*\.test\.tsx?)$/
const GENERATED_PUBLIC = /^(sw|workbox-.*|worker-.*|fallback-.*|swe-worker-.*)\.js(\.map)?$/
const RESULTS = ['apps/web/out/index.html', 'apps/web/out/sw.js']

/**
 * Builds the PWA into apps/web/out unless it was built from the same sources before. `path` is the PATH that
 * `installDependencies` gave. Throws an Error with a sentence.
 */
export function buildWeb(root, path) {
  const stamp = join(root, 'node_modules', '.holdfast', 'web-build')
  const digest = digestOf(root)
  const built = RESULTS.every((file) => existsSync(join(root, file)))
  if (built && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  console.log('Building the screens (once; again only when their sources change) …')
  rmSync(stamp, { force: true })
  const build = spawnSync('npm', ['run', 'build', '--workspace', '@holdfast/web', '--silent'], {
    cwd: root,
    env: { ...process.env, PATH: path, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const missing = RESULTS.filter((file) => !existsSync(join(root, file)))
  if (build.status !== 0 || missing.length > 0) {
    process.stderr.write(`${build.stdout}\n${build.stderr}\n`)
    const what =
      missing.length > 0 ? `${missing.join(' and ')} did not come out` : `it ended with ${build.status}`
    throw new Error(`Building the screens failed: ${what}. The build's words stand above.`)
  }
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

function digestOf(root) {
  const hash = createHash('sha256')
  for (const input of INPUTS) addTo(hash, root, input)
  return hash.digest('hex')
}

function addTo(hash, root, path) {
  const full = join(root, path)
  const entries = path.endsWith('.json') ? undefined : readdirSync(full, { withFileTypes: true })
  if (entries === undefined) {
    hash.update(`${path}\0`).update(readFileSync(full))
    return
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (NOT_INPUTS.test(entry.name)) continue
    if (path.endsWith('/public') && GENERATED_PUBLIC.test(entry.name)) continue
    const inner = `${path}/${entry.name}`
    if (entry.isDirectory()) addTo(hash, root, inner)
    else if (entry.isFile()) hash.update(`${inner}\0`).update(readFileSync(join(root, inner)))
  }
}
