// The Vercel AI SDK, with its packages for OpenAI and for Anthropic. What it says and expects is what steps.py has.
import { readFileSync } from 'node:fs';

import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';

const { PODIUM_URL, PODIUM_KEY } = process.env;
const QUESTION = 'Please greet me.';
const GREETING = 'Good morning from the provider.';
const ASKED = 'Please greet me, and say how warm it is in Rome.';
const REPORT = 'It is 21 degrees in Rome.';
const LONGEST = 300;

const openai = createOpenAI({ baseURL: `${PODIUM_URL}/v1`, apiKey: PODIUM_KEY });
const anthropic = createAnthropic({ baseURL: `${PODIUM_URL}/v1`, apiKey: PODIUM_KEY });

const fits = (text, expected) => (text.trim() === expected ? 'ok' : `The answer is "${text}".`);

async function cameOf(step) {
  try {
    return await step();
  } catch (error) {
    return `${error.name}: ${error.message}`.slice(0, LONGEST);
  }
}

async function chats(model) {
  const { text } = await generateText({ model, prompt: QUESTION, maxRetries: 0 });
  return fits(text, GREETING);
}

async function streams(model) {
  const pieces = [];
  let failure;
  const { textStream } = streamText({
    model,
    prompt: QUESTION,
    maxRetries: 0,
    onError: ({ error }) => {
      failure = error;
    },
  });
  for await (const piece of textStream) pieces.push(piece);
  if (failure) throw failure;
  if (pieces.length < GREETING.split(' ').length - 1) return `The stream has ${pieces.length} pieces.`;
  return fits(pieces.join(''), GREETING);
}

async function calls(model) {
  const cities = [];
  const temperature = tool({
    description: 'The temperature in a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      cities.push(city);
      return `21 degrees in ${city}`;
    },
  });
  const { text } = await generateText({
    model,
    prompt: ASKED,
    tools: { temperature },
    stopWhen: isStepCount(4),
    maxRetries: 0,
  });
  if (cities.join() !== 'Rome') return `The tool was called for [${cities}].`;
  return fits(text, REPORT);
}

const installed = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).dependencies;
const said = (name) => `${name} ${installed[name]}`;

for (const [address, makers, model] of [
  ['/v1/chat/completions', '@ai-sdk/openai', openai.chat('small')],
  ['/v1/responses', '@ai-sdk/openai', openai.responses('small')],
  ['/v1/messages', '@ai-sdk/anthropic', anthropic('small')],
]) {
  const line = {
    versions: `${said('ai')}, ${said(makers)}`,
    address,
    chat: await cameOf(() => chats(model)),
    stream: await cameOf(() => streams(model)),
    tool: await cameOf(() => calls(model)),
  };
  process.stdout.write(`\n${JSON.stringify(line)}\n`);
}
