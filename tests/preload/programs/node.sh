# SPDX-License-Identifier: BSD-3-Clause
# needs: node
node -e '
    const { Worker } = require("worker_threads");
    const { execFileSync } = require("child_process");
    const buffers = [];
    for (let i = 0; i < 3000; i++) buffers.push(Buffer.alloc(i * 7, i % 256));
    const text = JSON.stringify(buffers.map((b) => b.toString("base64").length));
    console.log(text.length, require("zlib").gzipSync(Buffer.concat(buffers)).length);
    console.log(execFileSync("/bin/echo", ["from a child"]).toString().trim());
    let sum = 0, left = 4;
    for (let n = 1; n <= 4; n++)
        new Worker(`const { parentPort } = require("worker_threads");
            let table = {}; for (let i = 0; i < 20000; i++) table["k" + i] = [i];
            parentPort.postMessage(Object.keys(table).length * ${n});`, { eval: true })
            .on("message", (m) => { sum += m; })
            .on("exit", () => { if (--left === 0) console.log(sum); });
'
