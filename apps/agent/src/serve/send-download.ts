import type { ByteRange } from '@holdfast/vault'
import type { Downloadable } from '../downloads/download-desk.ts'

/**
 * Answers a download: a file whole or one range of it, a zip from its start. Bytes are read as the other side takes
 * them; when it goes away, or `stop` aborts, the reading ends.
 */
export function sendDownload(
  what: Downloadable,
  request: { readonly method: string; readonly headers: Headers },
  stop: AbortSignal,
): Response {
  const headers = new Headers({
    'content-type': what.kind === 'zip' ? 'application/zip' : (what.type ?? 'application/octet-stream'),
    'content-disposition': attachment(what.name),
    etag: what.etag,
    'accept-ranges': what.kind === 'file' ? 'bytes' : 'none',
  })
  if (namesEtag(request.headers.get('if-none-match'), what.etag))
    return new Response(null, { status: 304, headers })
  const isHead = request.method === 'HEAD'
  if (what.kind === 'zip')
    return new Response(isHead ? null : streamOf(what.bytes(), stop), { status: 200, headers })

  const asked = rangeOf(request.headers, what)
  if (asked === 'unsatisfiable') {
    headers.set('content-range', `bytes */${what.size}`)
    return new Response(null, { status: 416, headers })
  }
  const range = asked ?? { offset: 0, length: what.size }
  headers.set('content-length', String(range.length))
  if (asked !== undefined)
    headers.set('content-range', `bytes ${range.offset}-${range.offset + range.length - 1}/${what.size}`)
  return new Response(isHead ? null : streamOf(what.bytes(range), stop), {
    status: asked === undefined ? 200 : 206,
    headers,
  })
}

/** One range as RFC 9110 has it; several at once, or another unit, count as none. */
function rangeOf(
  headers: Headers,
  { size, etag }: { readonly size: number; readonly etag: string },
): ByteRange | 'unsatisfiable' | undefined {
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get('range') ?? '')
  const condition = headers.get('if-range')
  if (asked === null || (condition !== null && condition !== etag)) return undefined
  const [, from = '', to = ''] = asked
  if (from === '' && to === '') return undefined
  if (from === '') {
    const length = Math.min(size, Number(to))
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length }
  }
  const offset = Number(from)
  const last = to === '' ? size - 1 : Math.min(size - 1, Number(to))
  if (to !== '' && Number(to) < offset) return undefined
  return offset >= size ? 'unsatisfiable' : { offset, length: last - offset + 1 }
}

function namesEtag(header: string | null, etag: string): boolean {
  return (header ?? '').split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}

/** RFC 6266: a plain name for old browsers, the real one in UTF-8; nothing in it can end the header or name a folder. */
function attachment(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}/\\]/gu, '_').slice(0, 200) || 'file'
  const plain = clean.replace(/[^\x20-\x7e]|["%]/g, '_')
  const encoded = encodeURIComponent(clean.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function streamOf(bytes: AsyncIterable<Uint8Array>, stop: AbortSignal): ReadableStream<Uint8Array> {
  const reading = bytes[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        stop.throwIfAborted()
        const next = await reading.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await reading.return?.()
      },
    },
    { highWaterMark: 1 },
  )
}
