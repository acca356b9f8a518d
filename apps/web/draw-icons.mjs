// Draws public/icons/*.png from the mark below: `npm run icons`. The pictures are committed; this runs by hand.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

const icons = fileURLToPath(new URL('./public/icons/', import.meta.url))
const SEA = '#0f6b6b'
const PAPER = '#f6f4ef'
const WATER = '#8fc7c2'

mkdirSync(icons, { recursive: true })
await draw('192.png', 192, mark({ scale: 1, corner: 112 }))
await draw('512.png', 512, mark({ scale: 1, corner: 112 }))
await draw('maskable-512.png', 512, mark({ scale: 0.76, corner: 0 }))
await draw('apple-180.png', 180, mark({ scale: 0.88, corner: 0 }))

async function draw(name, size, svg) {
  await sharp(Buffer.from(svg), { density: 288 })
    .resize(size, size)
    .png({ compressionLevel: 9 })
    .toFile(icons + name)
}

/** A horn cleat with a line made fast to it, above still water. */
function mark({ scale, corner }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">
<rect width="512" height="512" rx="${corner}" fill="${SEA}"/>
<g transform="translate(256 256) scale(${scale}) translate(-256 -256)" fill="none" stroke-linecap="round" stroke-linejoin="round">
<path d="M92 176 C140 178 166 200 206 200 H306 C346 200 372 178 420 176" stroke="${PAPER}" stroke-width="44"/>
<path d="M214 206 L198 300 M298 206 L314 300" stroke="${PAPER}" stroke-width="40"/>
<path d="M148 306 H364" stroke="${PAPER}" stroke-width="40"/>
<path d="M92 388 C146 362 202 362 256 388 S366 414 420 388" stroke="${WATER}" stroke-width="24"/>
</g></svg>
`
}
