// What a container's health check runs: node healthy.mjs http://127.0.0.1:3000/readyz
const answer = await fetch(process.argv[2], { signal: AbortSignal.timeout(4_000) }).catch(() => null);
process.exit(answer?.ok ? 0 : 1);
