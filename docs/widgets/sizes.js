/* Output sizes along one axis, in integers. tests/test_widget_arithmetic.py compares them with cnn_guide.
   Each answers { size }, or { why, hint } where there is no such layer. n input, k kernel, s stride, p padding, d dilation. */
"use strict";

globalThis.cnnGuide ??= {};

cnnGuide.sizes = (() => {
  const span = (k, d) => d * (k - 1) + 1;

  const tooLarge = (k, d, n, p) => ({
    why: `The window spans ${span(k, d)}, but the padded input has ${n + 2 * p} (${n} + 2·${p}).`,
    hint: `Use a smaller kernel, or padding ${Math.ceil((span(k, d) - n) / 2)} or more.`,
  });

  /* ⌊(n + 2p − d(k − 1) − 1) / s⌋ + 1 */
  const conv = ({ n, k, s = 1, p = 0, d = 1 }) => {
    const travel = n + 2 * p - span(k, d);
    return travel < 0 ? tooLarge(k, d, n, p) : { size: Math.floor(travel / s) + 1 };
  };

  /* The same; with `ceil` rounded up, but the last window must start inside the input or the padding before it. */
  const pool = ({ n, k, s = k, p = 0, d = 1, ceil = false }) => {
    if (p > Math.floor(k / 2)) {
      const most = Math.floor(k / 2);
      return { why: `Pooling allows a padding of at most half its kernel, here ${most}.`, hint: `Use padding ${most} or a kernel of ${2 * p}.` };
    }
    const travel = n + 2 * p - span(k, d);
    if (!ceil && travel < 0) return tooLarge(k, d, n, p);
    let size = (ceil ? Math.ceil(travel / s) : Math.floor(travel / s)) + 1;
    if (ceil && (size - 1) * s >= n + p) size -= 1;
    return size < 1 ? tooLarge(k, d, n, p) : { size };
  };

  /* (n − 1)s − 2p + d(k − 1) + output padding + 1 */
  const transpose = ({ n, k, s = 1, p = 0, d = 1, outputPadding = 0 }) => {
    if (outputPadding >= Math.max(s, d)) {
      return { why: `The output padding must be below the stride or the dilation, here below ${Math.max(s, d)}.`, hint: `Use ${Math.max(s, d) - 1} or less.` };
    }
    const size = (n - 1) * s - 2 * p + span(k, d) + outputPadding;
    return size < 1 ? { why: `The padding takes off ${2 * p}, and nothing is left.`, hint: `Use padding ${Math.floor((size + 2 * p - 1) / 2)} or less.` } : { size };
  };

  const tfSame = ({ n, s = 1 }) => ({ size: Math.ceil(n / s) });
  const tfValid = ({ n, k, s = 1, d = 1 }) =>
    span(k, d) > n ? tooLarge(k, d, n, 0) : { size: Math.ceil((n - d * (k - 1)) / s) };
  const tfSamePadding = ({ n, k, s = 1, d = 1 }) => {
    const total = Math.max((Math.ceil(n / s) - 1) * s + span(k, d) - n, 0);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  };

  /* The input pixels that output o reads; those below 0 and from n on lie in the padding. */
  const taps = (o, { k, s = 1, p = 0, d = 1 }) => Array.from({ length: k }, (_, t) => o * s - p + t * d);

  /* The input pixels that no output reads. */
  const unread = (size, setting) => {
    const read = new Set();
    for (let o = 0; o < size; o += 1) taps(o, setting).forEach((at) => read.add(at));
    return Array.from({ length: setting.n }, (_, at) => at).filter((at) => !read.has(at));
  };

  return { conv, pool, span, taps, tfSame, tfSamePadding, tfValid, transpose, unread };
})();
