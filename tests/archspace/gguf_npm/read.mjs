// Reads a GGUF header with npm's @huggingface/gguf and prints what it found as JSON; run by gguf_npm_test.cpp.
import { gguf } from "@huggingface/gguf";

const { metadata, tensorInfos, parameterCount } = await gguf(process.argv[2], {
  allowLocalFile: true,
  computeParametersCount: true,
});
const architecture = metadata["general.architecture"];
const found = {
  architecture,
  layers: metadata[`${architecture}.block_count`],
  parameters: parameterCount,
  tensors: tensorInfos.map(({ name, shape, dtype, offset }) => [name, dtype, offset, ...shape]),
};
console.log(JSON.stringify(found, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
