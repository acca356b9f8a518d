const PX_PER_REM = 16

/** Sizes of text are written as drawn, in px, and grow with the text size that a person has set in the browser. */
module.exports = {
  postcssPlugin: 'text-in-rem',
  OnceExit(root) {
    root.walkDecls('font-size', (declaration) => {
      declaration.value = declaration.value.replace(
        /\b(\d+(?:\.\d+)?)px\b/g,
        (_, px) => `${Number(px) / PX_PER_REM}rem`,
      )
    })
  },
}
