import { expect, test } from "vitest";
import { geomean, median } from "./statistics.js";

test("median() is the middle, whatever the order", () => {
  expect(median([3])).toBe(3);
  expect(median([10, 1, 2])).toBe(2);
  expect(median([4, 1, 100, 2])).toBe(3);
});

test("median() leaves its argument as it is", () => {
  const numbers = [3, 1, 2];
  median(numbers);
  expect(numbers).toEqual([3, 1, 2]);
});

test("geomean() makes twice and half even", () => {
  expect(geomean([2, 0.5])).toBeCloseTo(1, 12);
  expect(geomean([1, 10, 100])).toBeCloseTo(10, 12);
});
