import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createTemporaryFolder } from './temporary-folder.ts'

type ReadCode = (
  data: Uint8ClampedArray,
  width: number,
  height: number,
  options: { inversionAttempts: 'dontInvert' },
) => { readonly data: string } | null

// Its own types tell of another kind of module than it is.
const require = createRequire(import.meta.url)
const readCode: ReadCode = require('jsqr')

/** The texts of all QR codes on the pages of a PDF, as a camera would find them, in the order of the pages. Needs poppler-utils. */
export async function readPdfCodes(pdf: string): Promise<string[]> {
  await using folder = await createTemporaryFolder()
  execFileSync('pdftoppm', ['-r', '120', '-gray', pdf, join(folder.path, 'page')])
  const pages = (await readdir(folder.path)).sort()
  return pages.flatMap((page) => codesOf(pictureOf(readFileSync(join(folder.path, page)))))
}

type Picture = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray }

/** A PGM in the colours that the reader wants. */
function pictureOf(pgm: Buffer): Picture {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pgm.subarray(0, 40).toString('latin1'))
  if (head === null) throw new Error('this is no PGM')
  const [width, height] = [Number(head[1]), Number(head[2])]
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  const gray = pgm.subarray(head[0].length)
  for (let i = 0; i < width * height; i += 1) data.fill(gray[i] ?? 255, i * 4, i * 4 + 3)
  return { width, height, data }
}

/** As a person holds a camera: on each half of one row of the page at a time, or on the whole row. */
function codesOf(page: Picture): string[] {
  return bandsOf(page).flatMap(({ top, bottom }) => {
    const box = { top, bottom, left: 0, right: page.width }
    const middle = Math.floor(page.width / 2)
    const halves = [
      { ...box, right: middle },
      { ...box, left: middle },
    ]
    const found = halves.flatMap((each) => codeIn(page, each) ?? [])
    return found.length > 0 ? found : (codeIn(page, box) ?? [])
  })
}

/** The parts of a page that empty lines separate, as far as they are high enough for a code. */
function bandsOf({ width, height, data }: Picture): { top: number; bottom: number }[] {
  const isEmpty = (y: number) =>
    data.subarray(y * width * 4, (y + 1) * width * 4).every((value) => value > 200)
  const bands: { top: number; bottom: number }[] = []
  for (let y = 0; y < height; y += 1) {
    if (isEmpty(y)) continue
    const top = y
    while (y < height && !isEmpty(y)) y += 1
    if (y - top > 80) bands.push({ top, bottom: y })
  }
  return bands
}

type Box = { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number }

function codeIn(page: Picture, { top, bottom, left, right }: Box): string | undefined {
  const edge = 30
  const [width, height] = [right - left, bottom - top + 2 * edge]
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let y = top; y < bottom; y += 1) {
    const row = page.data.subarray((y * page.width + left) * 4, (y * page.width + right) * 4)
    data.set(row, (y - top + edge) * width * 4)
  }
  return readCode(data, width, height, { inversionAttempts: 'dontInvert' })?.data
}
