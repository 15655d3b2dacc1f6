#!/usr/bin/env python3
# SPDX-FileCopyrightText: The nncl authors
# SPDX-License-Identifier: Apache-2.0
"""Records predictions and scikit-learn's scores of them: tests/train/score.py > tests/train/score.json

Probabilities are rounded so that many are equal across rows (which ROC areas must count half), though
none within a row; one class is never predicted.
"""
import json

import numpy
import sklearn
from sklearn import metrics
from sklearn.calibration import calibration_curve

CLASSES, ROWS, TOP, BINS = 5, 120, 2, 15
random = numpy.random.default_rng(7)


def draw_row(label):
    """A row of probabilities in hundredths, all different."""
    while True:
        logits = random.normal(0, 1.2, CLASSES)
        logits[label] += 1.3
        logits[CLASSES - 1] -= 3
        row = numpy.round(numpy.exp(logits) / numpy.exp(logits).sum(), 2)
        row[0] = 1 - row[1:].sum()
        row = numpy.round(row, 2).clip(0, 1)
        if len(set(row)) == CLASSES and row.argmax() != CLASSES - 1 and row[label] > 0:
            return row


def scores(labels, p, predicted):
    names = list(range(CLASSES))

    def fours(average):
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            labels, predicted, labels=names, average=average, zero_division=0)
        return precision, recall, f1

    auc = [metrics.roc_auc_score(labels == name, p[:, name]) for name in names]
    per_class = [list(values) for values in zip(*fours(None), auc)]
    means = {average: [*fours(average), metrics.roc_auc_score(labels, p, multi_class="ovr", average=average)]
             for average in ("macro", "weighted")}
    return {"classes": per_class, **means}


def calibration(labels, p, predicted):
    """The expected calibration error from scikit-learn's curve and numpy's counts."""
    confidence, right = p.max(axis=1), predicted == labels
    accuracy, mean = calibration_curve(right, confidence, n_bins=BINS, strategy="uniform")
    bins = numpy.ceil(confidence * BINS).astype(int)
    counts = numpy.bincount(bins)
    return float((counts[counts > 0] / len(labels) * abs(accuracy - mean)).sum())


labels = random.choice(CLASSES, ROWS, p=[0.3, 0.25, 0.2, 0.2, 0.05])
probabilities = numpy.array([draw_row(label) for label in labels]).astype(numpy.float32)
p = probabilities.astype(numpy.float64)
predicted = p.argmax(axis=1)
record = {
    "made_by": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}",
    "top": TOP, "bins": BINS,
    "loss": metrics.log_loss(labels, p, labels=range(CLASSES)),
    "accuracy": metrics.accuracy_score(labels, predicted),
    "top_accuracy": metrics.top_k_accuracy_score(labels, p, k=TOP),
    "calibration_error": calibration(labels, p, predicted),
    "confusion": metrics.confusion_matrix(labels, predicted, labels=range(CLASSES)).tolist(),
    **scores(labels, p, predicted),
    "labels": labels.tolist(),
    "probabilities": [[round(float(value), 2) for value in row] for row in probabilities],
}
text = json.dumps(record, indent=0)
print(text.replace(",\n", ", ").replace("[\n", "[").replace("\n]", "]").replace("], [", "],\n["))
