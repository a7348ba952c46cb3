from django import forms

from certificates.models import Certificate, Verification


class IssueForm(forms.ModelForm):
    class Meta:
        model = Certificate
        fields = ["holder", "course", "issued_on"]
        widgets = {"issued_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}


class VerifyForm(forms.Form):
    code = forms.SlugField(
        label="Código",
        max_length=Verification._meta.get_field("code").max_length,
        error_messages={"invalid": "Un código solo lleva letras, números y guiones."},
        widget=forms.TextInput(
            attrs={"placeholder": "7K3QM-9XDWF", "autocomplete": "off", "autofocus": True}
        ),
    )
