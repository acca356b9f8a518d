import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { COMMON_HEADERS, NOTHING_POLICY, pagePolicy, WORKER_POLICY } from './content-policy.ts'

/** Answers GET and HEAD for the exported screens; see `openSite`. */
export type Site = { respond(request: { path: string; method: string; headers: Headers }): Promise<Response> }

type Asset = {
  readonly file: string
  /** The same, compressed when the screens were built. */
  readonly brotli: string | undefined
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
  readonly policy: string
}
type Coding = 'br' | 'gzip' | 'identity'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const SQUEEZED = new Set(['.html', '.js', '.css', '.json', '.webmanifest', '.txt', '.svg'])
const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) }

/**
 * The static export in `dir`. All its files are listed once, and only what is on the list is ever served: no request
 * can name another file. A file beside which its `.br` lies is sent as that to who takes Brotli. Pages carry their own
 * content security policy. A directory without its last slash is sent on with 308; a missing page answers the 404 page,
 * a missing file a short text, never a page.
 */
export async function openSite(dir: string): Promise<Site> {
  const assets = await readAssets(dir)
  const squeezed = new Map<string, Promise<Buffer<ArrayBuffer>>>()

  /** Compressed once per file and coding; the export has a few megabytes. */
  function bodyOf(asset: Asset, coding: Coding): Promise<Buffer<ArrayBuffer>> {
    if (coding === 'identity') return readFile(asset.file)
    const key = `${coding} ${asset.file}`
    const known = squeezed.get(key)
    if (known !== undefined) return known
    const made =
      coding === 'br' && asset.brotli !== undefined
        ? readFile(asset.brotli)
        : readFile(asset.file).then((bytes) => compress(bytes, coding))
    squeezed.set(key, made)
    // A file that can't be read now may be there again later.
    made.catch(() => squeezed.delete(key))
    return made
  }

  async function send(
    asset: Asset,
    status: number,
    request: { method: string; headers: Headers },
  ): Promise<Response> {
    const coding = SQUEEZED.has(extname(asset.file))
      ? codingFor(request.headers.get('accept-encoding'))
      : 'identity'
    const headers = new Headers({
      ...COMMON_HEADERS,
      'content-type': asset.type,
      'cache-control': asset.cacheControl,
      'content-security-policy': asset.policy,
      etag: asset.etag,
      vary: 'accept-encoding',
    })
    if (status === 200 && request.headers.get('if-none-match') === asset.etag)
      return new Response(null, { status: 304, headers })
    if (coding !== 'identity') headers.set('content-encoding', coding)
    const body = await bodyOf(asset, coding)
    headers.set('content-length', String(body.length))
    return new Response(request.method === 'HEAD' ? null : body, { status, headers })
  }

  return {
    async respond(request) {
      const path = decoded(request.path)
      const asset = path === undefined ? undefined : (assets.get(path) ?? assets.get(`${path}index.html`))
      if (asset !== undefined) return send(asset, 200, request)
      if (path !== undefined && assets.has(`${path}/index.html`)) return movedTo(`${request.path}/`)
      const notFound = assets.get('/404.html') ?? assets.get('/404/index.html')
      if (notFound === undefined || (path !== undefined && extname(path) !== ''))
        return missing(assets.size > 0)
      return send(notFound, 404, request)
    },
  }
}

async function readAssets(dir: string): Promise<Map<string, Asset>> {
  const found = await stat(dir).then(
    (info) => info.isDirectory(),
    () => false,
  )
  if (!found) return new Map()
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = new Set(
    entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  )
  const assets = await Promise.all(
    [...files]
      .filter((file) => extname(file) !== '.br')
      .map(async (file): Promise<[string, Asset]> => {
        const path = `/${relative(dir, file).split(sep).join('/')}`
        const brotli = files.has(`${file}.br`) ? `${file}.br` : undefined
        return [path, { ...(await describe(file, path)), brotli }]
      }),
  )
  return new Map(assets)
}

async function describe(file: string, path: string): Promise<Omit<Asset, 'brotli'>> {
  const bytes = await readFile(file)
  return {
    file,
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    cacheControl: path.startsWith('/_next/static/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    policy: policyOf(path, bytes),
  }
}

function policyOf(path: string, bytes: Buffer): string {
  if (path.endsWith('.html')) return pagePolicy(bytes.toString('utf8'))
  return path === '/sw.js' ? WORKER_POLICY : NOTHING_POLICY
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch (cause) {
    if (cause instanceof URIError) return undefined
    throw cause
  }
}

function codingFor(accepted: string | null): Coding {
  const names = (accepted ?? '').split(',').map((part) => part.split(';')[0]?.trim())
  if (names.includes('br')) return 'br'
  return names.includes('gzip') ? 'gzip' : 'identity'
}

async function compress(bytes: Buffer, coding: 'br' | 'gzip'): Promise<Buffer<ArrayBuffer>> {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }
  return Buffer.from(
    coding === 'br' ? await compressors.br(bytes, options) : await compressors.gzip(bytes, { level: 7 }),
  )
}

function movedTo(path: string): Response {
  // Without a host and with one leading slash only, the answer can't lead to another site.
  return new Response(null, {
    status: 308,
    headers: { ...COMMON_HEADERS, location: path.replace(/^\/+/, '/') },
  })
}

function missing(built: boolean): Response {
  const text = built ? 'Not found.\n' : 'The screens are not built yet. `npm start` builds them.\n'
  const headers = {
    ...COMMON_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': NOTHING_POLICY,
  }
  return new Response(text, { status: 404, headers: { ...headers, 'cache-control': 'no-store' } })
}
