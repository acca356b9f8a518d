import { posix } from 'node:path'
import { HoldfastError, VaultPlace } from '@holdfast/domain'

/**
 * A place as a person types it: `/folder`, `./folder` (seen from `workingDir`), `name:path`. A connection string
 * (`:sftp,host=…:`, `nas,opt=val:`) is REMOTE_REFUSED: it could name a program to run, and would carry secrets where
 * they get logged. Anything else is INPUT_INVALID.
 */
export function resolvePlace(text: string, workingDir: string = process.cwd()): VaultPlace {
  const colon = text.indexOf(':')
  const slash = text.indexOf('/')
  const isFolder = slash !== -1 && (colon === -1 || slash < colon)
  if (isFolder || text === '.' || text === '..')
    return parsed({ kind: 'folder', path: posix.resolve(workingDir, text) })
  if (colon === -1)
    throw new HoldfastError('INPUT_INVALID', `Is "${text}" a folder or a remote? Write ./${text} or ${text}:`)
  const remote = text.slice(0, colon)
  if (colon === 0 || /[,=]/.test(remote))
    throw new HoldfastError('REMOTE_REFUSED', 'A connection string is not accepted as a place.', {
      next: 'Make a remote with `rclone config` and give its name: `name:path`.',
    })
  if (text.startsWith('//', colon + 1))
    throw new HoldfastError('INPUT_INVALID', 'A URL is not a place.', {
      next: 'Make a remote with `rclone config` and give its name: `name:path`.',
    })
  return parsed({ kind: 'remote', remote, path: remotePath(text.slice(colon + 1)) })
}

/** The folder of a place in rclone's words, with `sub` (names joined by `/`) below it: `/vault/v1`, `nas:vault/v1`. */
export function placeFs(place: VaultPlace, sub = ''): string {
  const below = remotePath(sub).replace(/^\//, '')
  if (place.kind === 'folder') return posix.join(place.path, below)
  const path = remotePath(place.path)
  if (below === '') return `${place.remote}:${path}`
  return `${place.remote}:${path}${path === '' || path === '/' ? '' : '/'}${below}`
}

/** Without `.` and empty names; `..` is refused. A leading slash stays: on SFTP it means the root, not the home. */
function remotePath(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.')
  if (names.includes('..')) throw new HoldfastError('INPUT_INVALID', `A place can't hold "..": ${path}`)
  return `${path.startsWith('/') ? '/' : ''}${names.join('/')}`
}

function parsed(place: VaultPlace): VaultPlace {
  const result = VaultPlace.safeParse(place)
  if (result.success) return result.data
  const why = result.error.issues[0]?.message ?? 'It is not a place.'
  throw new HoldfastError('INPUT_INVALID', why)
}
