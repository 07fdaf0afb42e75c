// bundle.mjs ASSETS STATIC
// Every .js and .css file of ASSETS becomes a file of the same name in STATIC, with all that it imports. What several
// import stands once, in STATIC/shared. Run in the folder that has node_modules.
import { build } from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const [assets, target] = process.argv.slice(2).map((path) => resolve(path));
const names = (await readdir(assets)).filter((name) => /\.(js|css)$/.test(name));
await rm(target, { recursive: true, force: true });
await build({
  entryPoints: names.map((name) => join(assets, name)),
  outdir: target,
  nodePaths: [resolve('node_modules')],
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: false,
  legalComments: 'eof',
  chunkNames: 'shared/[name]-[hash]',
  assetNames: 'shared/[name]-[hash]',
  loader: { '.svg': 'file', '.woff2': 'file', '.png': 'file', '.wav': 'file' },
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'warning',
});
