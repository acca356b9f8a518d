import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canInstallDebianPackages, findProgram, installDebianPackages } from './debian-packages.mjs'
import { readZipMember } from './read-zip-member.mjs'

/** The release that is fetched where apt is not at hand, with the SHA-256 of each zip as rclone publishes it. */
const RELEASE = {
  version: 'v1.75.1',
  sha256: {
    'linux-amd64': '982b5aa772841168f8e380f139e9e787b2a105403e32b94da8676a0e1c0a13ab',
    'linux-arm64': '03f2504174034b6d004152ed7369251c9a9ec1f7e0836eda420f5c7a5ec0dff9',
    'osx-amd64': '29253d0288b8fbbac46baad6e5f6add6cb01d462c79f10805bbd4631c4cdf82c',
    'osx-arm64': 'c61d7a371c62bcbbe882c3423aa4b8bf63485c248dd0f692997b8f0c3f6d0c6f',
  },
}
const BY_HAND =
  'Install rclone 1.60.1 or newer yourself (https://rclone.org/install/), then run the same command again.'

/**
 * Finds rclone on `path` or in `binDir`, else installs it: with apt-get as root, else the official release into
 * `binDir`, which is refused when its checksum is not the pinned one. Returns the path of the program. Throws an
 * Error with a sentence that says what to do.
 */
export async function findOrInstallRclone(path, binDir) {
  const found = findProgram('rclone', `${path}:${binDir}`)
  if (found !== undefined) return found
  if (canInstallDebianPackages()) {
    console.log('Installing rclone with apt-get: it carries the data to where the vault lies …')
    installDebianPackages(['rclone'])
    const installed = findProgram('rclone', path)
    if (installed !== undefined) return installed
  }
  return await fetchRelease(binDir, fetch)
}

/** Installs the pinned release into `binDir` through `fetch`; what does not have its checksum is never written. */
export async function fetchRelease(binDir, fetch) {
  const os = { linux: 'linux', darwin: 'osx' }[process.platform]
  const cpu = { x64: 'amd64', arm64: 'arm64' }[process.arch]
  const platform = `${os}-${cpu}`
  const expected = RELEASE.sha256[platform]
  if (expected === undefined)
    throw new Error(`rclone is not installed, and none is pinned for this system. ${BY_HAND}`)
  const folder = `rclone-${RELEASE.version}-${platform}`
  const url = `https://downloads.rclone.org/${RELEASE.version}/${folder}.zip`
  console.log(
    `Fetching rclone ${RELEASE.version} (about 32 MB) into ${binDir}: it carries the data to the vault …`,
  )
  const zip = await download(url, fetch)
  const actual = createHash('sha256').update(zip).digest('hex')
  if (actual !== expected)
    throw new Error(`${url} is not what was published (SHA-256 ${actual}); nothing was installed. ${BY_HAND}`)
  mkdirSync(binDir, { recursive: true, mode: 0o700 })
  const program = join(binDir, 'rclone')
  writeFileSync(`${program}.new`, readZipMember(zip, `${folder}/rclone`), { mode: 0o755 })
  renameSync(`${program}.new`, program)
  return program
}

async function download(url, fetch) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(300_000) })
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`)
    return Buffer.from(await answer.arrayBuffer())
  } catch (cause) {
    throw new Error(`rclone is not installed and ${url} can't be fetched (${cause.message}). ${BY_HAND}`, {
      cause,
    })
  }
}
