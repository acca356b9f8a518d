// Builds the static app into out/, and fails when it would not work offline. Beside each script and style sheet lies
// what Brotli makes of it when it has time: a tenth less than the agent would make of it while a browser waits.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { PRECACHED_FILES, PRECACHED_PAGES } from './precached-pages.mjs'

const here = dirname(fileURLToPath(import.meta.url))
// A worker of an earlier build would be copied into this one under its old name.
for (const file of globSync('public/{sw,workbox-*,worker-*,fallback-*,swe-worker-*}.js', { cwd: here }))
  rmSync(join(here, file))

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const built = spawnSync(process.execPath, [next, 'build', '--webpack'], {
  cwd: here,
  stdio: 'inherit',
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
})
if (built.status !== 0) process.exit(built.status ?? 1)

const files = PRECACHED_PAGES.map((page) => `${page}index.html`).concat(PRECACHED_FILES, '/sw.js')
const missing = files.filter((file) => !existsSync(join(here, 'out', file)))
if (missing.length > 0) {
  console.error(`The build is not whole, missing in out/: ${missing.join(', ')}`)
  process.exit(1)
}

const squeeze = promisify(brotliCompress)
const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
const named = globSync('out/_next/static/**/*.{js,css}', { cwd: here }).map((file) => join(here, file))
await Promise.all(
  named.map(async (file) => writeFile(`${file}.br`, await squeeze(await readFile(file), { params }))),
)
