export default { plugins: { '@tailwindcss/postcss': {}, './text-in-rem.cjs': {} } }
